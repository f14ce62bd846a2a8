using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.ServiceDefaults.Control;

/// <summary>Where a running host is spoken to: a Unix domain socket in <c>system.socket_dir</c>, one per configuration file and data
/// folder.</summary>
public static class ControlAddress
{
    /// <summary>The socket's path; short, since the system takes no more than about 100 bytes.</summary>
    public static string Of(IntegrationConfig config) => Path.Combine(
        config.System.SocketDir,
        string.Create(CultureInfo.InvariantCulture, $"host-{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(config.Path + "\n" + config.System.DataDir)):x16}.sock"));
}
