"""From a message's blocks and a customer's values to an e-mail: Liquid with limits, HTML and plain text."""
