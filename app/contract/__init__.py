"""The contract: what the OpenAPI document says beyond what the routes say themselves."""
