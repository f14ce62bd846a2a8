namespace Nbpy.Influx;

/// <summary>Where a store of InfluxDB 1.x's API is and how to talk to it.</summary>
public sealed record InfluxOptions
{
    /// <summary>For example <c>http://localhost:8086</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The database written to and queried.</summary>
    public required string Database { get; init; }

    /// <summary>Sent by Basic authentication when set; never logged.</summary>
    public string? Username { get; init; }

    /// <summary>Never logged.</summary>
    public string? Password { get; init; }

    /// <summary><c>any</c>, <c>one</c>, <c>quorum</c> or <c>all</c>; null leaves it to the server.</summary>
    public string? Consistency { get; init; }

    /// <summary>How long a request may take; then it counts as unavailable.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes from which a write is sent compressed; 0 never compresses. Worth it across a network, not on loopback.</summary>
    public int GzipFromBytes { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Url} database {Database}";
}
