using System.Globalization;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Finds ports that are taken before anything starts, and who has them.</summary>
internal static class PortCheck
{
    /// <param name="resources">The resources.</param>
    /// <param name="own">Containers that this application made in an earlier run, by resource name: they may hold their own ports.</param>
    /// <exception cref="DistributedApplicationException">Some are taken; all are named.</exception>
    public static void Run(IEnumerable<IResource> resources, IReadOnlySet<string> own)
    {
        var taken = (from resource in resources
                     where !own.Contains(resource.Name)
                     from endpoint in resource.Annotations.OfType<EndpointAnnotation>()
                     let port = endpoint.Port ?? 0
                     where port > 0 && !Endpoints.EndpointAllocation.IsFree(port)
                     select $"Port {port}, which '{resource.Name}' needs, is taken by {Holder(port)}.").ToList();
        if (taken.Count > 0)
            throw new DistributedApplicationException($"{string.Join('\n', taken)}\nNothing was started. Stop what holds the port, or choose another in the configuration.");
    }

    /// <summary>Who listens there. Linux: the listening socket's inode in /proc/net/tcp*, then whose descriptor it is.</summary>
    public static string Holder(int port)
    {
        try
        {
            var inodes = new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines)
                .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(f => f.Length > 9 && f[3] == "0A" && int.TryParse(f[1].Split(':')[^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var p) && p == port)
                .Select(f => $"socket:[{f[9]}]").ToHashSet();
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
                if (Holds(process, inodes))
                    return $"process {Path.GetFileName(process)} ({File.ReadAllText(process + "/cmdline").Replace('\0', ' ').Trim()})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc, or not ours to read: the holder stays unnamed.
        }

        return "a process that cannot be identified (of another user, or in a container)";
    }

    private static bool Holds(string process, HashSet<string> inodes)
    {
        try
        {
            return Directory.EnumerateFiles(process + "/fd").Any(fd => new FileInfo(fd).LinkTarget is { } target && inodes.Contains(target));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended meanwhile, or of another user.
            return false;
        }
    }
}
