namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Limits of the HTTP API; the defaults are InfluxDB 1.8's, except where a remark says why not.</summary>
internal sealed record ApiOptions
{
    /// <summary>Bytes of a request's body, unpacked; above: 413.</summary>
    public long MaxBody { get; init; } = 25_000_000;

    /// <summary>Queries that run at once; more wait, and are gone when their client is. InfluxDB's default is no limit: here each
    /// may take a share of the engine's memory.</summary>
    public int ConcurrentQueries { get; init; } = 16;

    /// <summary>Rows in an answer that is not chunked; what is more is cut and marked <c>partial</c>. 0: no limit.</summary>
    public int MaxRows { get; init; }

    /// <summary>Rows in a chunk when the request asks for chunks but not for a size.</summary>
    public int ChunkSize { get; init; } = 10_000;
}
