"""Our own contract for systems that tell of applications: any system, or any tool between, can speak it."""
