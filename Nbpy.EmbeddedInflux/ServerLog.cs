using Microsoft.Extensions.Logging;

namespace Nbpy.EmbeddedInflux;

/// <summary>What the server sends as log records, beside what it prints.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(701, LogLevel.Information, "Listening on {Url}, data in {Directory}")]
    public static partial void Listening(ILogger logger, string url, string directory);

    [LoggerMessage(702, LogLevel.Warning, "{Message}")]
    public static partial void Trouble(ILogger logger, string message);

    [LoggerMessage(703, LogLevel.Information, "Stopping")]
    public static partial void Stopping(ILogger logger);
}
