"""Events that leave: endpoints of connections, signed deliveries, and a way out that no address can turn inwards."""
