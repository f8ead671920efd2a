"""What reaches a party here, brought to its own servers: webhooks by the Standard Webhooks specification."""
