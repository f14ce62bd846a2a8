namespace Nbpy.Influx;

/// <summary>What became of a write.</summary>
public enum WriteStatus
{
    /// <summary>204: every point is stored.</summary>
    Stored,

    /// <summary>400: some points or lines are bad; the others are stored where the server parsed them.</summary>
    Rejected,

    /// <summary>413: nothing of it is stored; less at a time may be.</summary>
    TooLarge,

    /// <summary>401, 403, 404 and the like: writing again changes nothing until somebody mends something.</summary>
    Refused,

    /// <summary>429, 5xx, no answer: try again later.</summary>
    Unavailable,
}

/// <summary>A write's outcome with the server's words.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Reason">The server's reason; null when stored.</param>
/// <param name="RetryAfter">The server's <c>Retry-After</c>.</param>
public sealed record WriteResult(WriteStatus Status, string? Reason = null, TimeSpan? RetryAfter = null);
