"""Who is connected and where. Everything here is read and changed under the one state lock, except `delivery`."""
