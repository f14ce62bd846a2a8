namespace Nbpy.Publishers.Recording;

/// <summary>A recording cannot be written. No exception of transport: the venue has nothing to do with it, and connecting anew does
/// not help.</summary>
public sealed class RecordingException(string message, Exception? inner = null) : Exception(message, inner);
