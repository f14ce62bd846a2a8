namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>A write request was refused, wholly or in part; the message and the HTTP status are influxd's.</summary>
public sealed class WriteException(int status, string message) : Exception(message)
{
    /// <summary>HTTP status: 400, 404, 500 or 503.</summary>
    public int Status { get; } = status;
}
