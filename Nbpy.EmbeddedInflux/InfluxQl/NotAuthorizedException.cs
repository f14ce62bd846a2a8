namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>The user may not run a statement of the query: the whole request is answered with 403 and this message.</summary>
public sealed class NotAuthorizedException(string message) : Exception(message);
