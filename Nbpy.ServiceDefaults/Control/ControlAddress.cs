using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.ServiceDefaults.Control;

/// <summary>Where a running host is spoken to: a Unix domain socket in <c>system.socket_dir</c>, one per configuration file and data
/// folder.</summary>
public static class ControlAddress
{
    /// <summary>What the address of a Unix domain socket holds, the closing zero apart: 107 bytes on Linux, 103 on macOS.</summary>
    private static readonly int MaxBytes = OperatingSystem.IsMacOS() ? 103 : 107;

    /// <summary>The socket's path; short, since the system takes no more than about 100 bytes.</summary>
    /// <exception cref="ConfigurationException">The folder's path is too long for a socket.</exception>
    public static string Of(IntegrationConfig config)
    {
        var path = Path.Combine(
            config.System.SocketDir,
            string.Create(CultureInfo.InvariantCulture, $"host-{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(config.Path + "\n" + config.System.DataDir)):x16}.sock"));
        var length = Encoding.UTF8.GetByteCount(path);
        return length <= MaxBytes ? path : throw new ConfigurationException(config.Path, [new ConfigurationError(
            "$.system.socket_dir", 0, $"The control socket would be {path}, which has {length} bytes; a socket's path has at most {MaxBytes}. Name a shorter folder.")]);
    }

    /// <summary>The running hosts' sockets of a folder, stale ones among them.</summary>
    public static IReadOnlyList<string> All(string folder) => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "host-*.sock").Order(StringComparer.Ordinal)] : [];
}
