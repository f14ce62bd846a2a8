using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace Nbpy.AppHost;

/// <summary>The container runtime of this machine: the one that answers, not the first on the PATH. What is found is put into the host's
/// configuration, so that the containers are run by the same one.</summary>
/// <param name="Name">docker, podman, or what was asked for.</param>
internal sealed record ContainerRuntime(string Name)
{
    private const string Key = "Nbpy:ContainerRuntime";
    private const string AspireKey = "ASPIRE_CONTAINER_RUNTIME";
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private static readonly string[] Usual = ["docker", "podman"];

    /// <summary>How long a pull may take where there is something else to fall back on.</summary>
    public static TimeSpan PullLimit { get; } = TimeSpan.FromSeconds(120);

    /// <summary>How long a pull may take where nothing else will do.</summary>
    public static TimeSpan ForcedPullLimit { get; } = TimeSpan.FromSeconds(900);

    /// <summary>The one asked for (<c>Nbpy:ContainerRuntime</c> or <c>ASPIRE_CONTAINER_RUNTIME</c>: a name or a path), else docker, else podman; null
    /// when none of them answers.</summary>
    /// <param name="configuration">Says which is asked for; takes which was found.</param>
    /// <param name="usual">Those tried when none is asked for; docker and podman when null.</param>
    public static ContainerRuntime? Find(IConfiguration configuration, params string[]? usual)
    {
        foreach (var name in Candidates(configuration, usual is { Length: > 0 } ? usual : Usual))
        {
            var runtime = new ContainerRuntime(name);
            if (!runtime.Succeeds(AnswerLimit, null, "info"))
                continue;
            configuration[Key] = configuration[AspireKey] = name;
            return runtime;
        }

        return null;
    }

    /// <summary>Which are tried, in words.</summary>
    public static string Tried(IConfiguration configuration) => string.Join(" and ", Candidates(configuration, Usual));

    /// <summary>True: the image is on this machine.</summary>
    public bool HasImage(string image) => Succeeds(AnswerLimit, null, "image", "inspect", image);

    /// <summary>Fetches the image; each line of the runtime's progress goes to <paramref name="progress"/>.</summary>
    public bool Pull(string image, TimeSpan limit, Action<string> progress) => Succeeds(limit, progress, "pull", image);

    private static string[] Candidates(IConfiguration configuration, string[] usual) =>
        (configuration[Key] ?? configuration[AspireKey]) is { Length: > 0 } asked ? [asked] : usual;

    private bool Succeeds(TimeSpan limit, Action<string>? progress, params string[] args)
    {
        void Take(string? line)
        {
            if (!string.IsNullOrWhiteSpace(line))
                progress?.Invoke(line);
        }

        try
        {
            using var process = Process.Start(new ProcessStartInfo(Name, args) { RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is null)
                return false;
            process.OutputDataReceived += (_, e) => Take(e.Data);
            process.ErrorDataReceived += (_, e) => Take(e.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(limit))
            {
                // Once more without a limit: until its last lines have been read, too.
                if (progress is not null)
                    process.WaitForExit();
                return process.ExitCode == 0;
            }

            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (Win32Exception)
        {
            // The command is not on this machine: the usual case on a bare one.
            return false;
        }
    }
}
