"""The contract: parts of the OpenAPI document that the routes do not declare themselves."""
