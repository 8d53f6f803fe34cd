"""GREETINGS: whom the news agency's state greets, forecast by the filter."""
