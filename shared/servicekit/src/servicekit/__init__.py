"""What every service needs and none owns: values, unit of work, messaging, HTTP edge."""
