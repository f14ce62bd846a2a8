using System.Diagnostics;

namespace Nbpy.Hosting.Internal;

/// <summary>Starts programs away from the terminal, so that a Ctrl+C reaches the host alone, which then stops them in order.</summary>
internal static class Session
{
    private static readonly string? SetSid = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Append("/usr/bin").Select(d => Path.Combine(d, "setsid")).FirstOrDefault(File.Exists);

    /// <summary>What is started leads a session and a group of its own.</summary>
    public static bool IsLeader => SetSid is not null;

    public static ProcessStartInfo Start(string command, IEnumerable<string> args)
    {
        if (SetSid is not null)
            return new ProcessStartInfo(SetSid, [command, .. args]);

        // Without setsid: ignore the interrupt and keep that across exec. The process id stays the program's.
        return File.Exists("/bin/sh")
            ? new ProcessStartInfo("/bin/sh", ["-c", "trap '' INT; exec \"$@\"", "sh", command, .. args])
            : new ProcessStartInfo(command, args);
    }
}
