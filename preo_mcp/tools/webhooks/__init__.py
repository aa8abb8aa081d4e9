"""Webhooks: endpoints and their deliveries, what a person is shown before customers' data are sent somewhere."""
