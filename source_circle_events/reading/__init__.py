"""Reading a stream: windows of time, several at once, each checkpointed when it is complete."""
