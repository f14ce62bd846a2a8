using System.Diagnostics;

namespace Nbpy.EndToEnd.Tests;

/// <summary>Programs of others that the tests talk to where they are installed.</summary>
internal static class Peers
{
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':').Append("/usr/bin").Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>A Python that can import zmq and msgpack; null where there is none.</summary>
    public static string? PythonWithZmq() => ((string?[])[Find("python3"), "/usr/bin/python3"]).FirstOrDefault(p => p is not null && File.Exists(p) && Imports(p));

    private static bool Imports(string python)
    {
        using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import zmq, msgpack"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
