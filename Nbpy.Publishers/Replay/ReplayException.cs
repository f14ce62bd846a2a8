namespace Nbpy.Publishers.Replay;

/// <summary>A replay that cannot start or go on: a wrong option, or a recording that cannot be read. The message names
/// the option, or the file and its line.</summary>
public sealed class ReplayException(string message, Exception? inner = null) : Exception(message, inner);
