using System.Diagnostics;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>Chooses between a container and the embedded part, and says which and why: never silently.</summary>
internal static class PartChoice
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PullLimit = TimeSpan.FromSeconds(120);

    /// <summary>What <paramref name="asked"/> comes to on this machine; a forced choice stays what it is.</summary>
    public static PartMode Make(string part, PartMode asked, string image, string embedded, string url, bool isPublish)
    {
        // What is published runs on another machine: nothing here says what that one has.
        if (asked == PartMode.Auto && isPublish)
        {
            Console.WriteLine($"{part}: the container {image} (published)");
            return PartMode.Container;
        }

        if (asked != PartMode.Auto)
        {
            var name = asked switch
            {
                PartMode.Container => $"the container {image}",
                PartMode.External => $"external, at {url}",
                _ => embedded,
            };
            Console.WriteLine($"{part}: {name} (asked for)");
            return asked;
        }

        var (mode, reason) = Probe(image);
        Console.WriteLine($"{part}: {(mode == PartMode.Container ? $"the container {image}" : embedded)} ({reason})");
        return mode;
    }

    /// <summary>Splits <c>name:tag</c>; the tag is <c>latest</c> where there is none.</summary>
    public static (string Image, string Tag) SplitImage(string image)
    {
        var colon = image.LastIndexOf(':');
        return colon > image.LastIndexOf('/') ? (image[..colon], image[(colon + 1)..]) : (image, "latest");
    }

    private static (PartMode Mode, string Reason) Probe(string image)
    {
        foreach (var runtime in (string[])["docker", "podman"])
        {
            if (!Succeeds(runtime, ProbeLimit, "info"))
                continue;
            if (Succeeds(runtime, ProbeLimit, "image", "inspect", image))
                return (PartMode.Container, $"{runtime} answers and has the image");
            Console.WriteLine($"Pulling {image} with {runtime} (at most {PullLimit.TotalSeconds:0} s)");
            return Succeeds(runtime, PullLimit, "pull", "--quiet", image)
                ? (PartMode.Container, $"{runtime} answers and pulled the image")
                : (PartMode.Embedded, $"{runtime} answers, but {image} is not there and could not be pulled");
        }

        return (PartMode.Embedded, "no container runtime answers");
    }

    private static bool Succeeds(string command, TimeSpan limit, params string[] args)
    {
        try
        {
            var start = new ProcessStartInfo(command, args) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start);
            if (process is null)
                return false;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(limit))
                return process.ExitCode == 0;
            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // The command is not on this machine: the usual case on a bare one.
            return false;
        }
    }
}
