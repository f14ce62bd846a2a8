namespace Nbpy.EmbeddedInflux.Http;

/// <summary>A request is answered with this status and message.</summary>
internal sealed class RequestException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}
