namespace Nbpy.Messaging;

/// <summary>A publisher could not bind its port.</summary>
public sealed class PublisherBindException(string message, Exception inner) : Exception(message, inner);
