using Microsoft.Extensions.Configuration;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>Chooses between a container and the embedded part, and says which and why: never silently.</summary>
internal static class PartChoice
{
    /// <summary>What <paramref name="asked"/> comes to on this machine; a forced choice stays what it is.</summary>
    /// <exception cref="DistributedApplicationException">A container was asked for, and no container runtime answers, or the image cannot be had.</exception>
    public static PartMode Make(IConfiguration configuration, string part, PartMode asked, string image, string embedded, string url, bool isPublish)
    {
        // What is published runs on another machine: nothing here says what that one has.
        if (asked == PartMode.Auto && isPublish)
        {
            Console.WriteLine($"{part}: the container {image} (published)");
            return PartMode.Container;
        }

        if (asked != PartMode.Auto)
        {
            if (asked == PartMode.Container && !isPublish)
                Require(configuration, part, image, embedded);
            var name = asked switch
            {
                PartMode.Container => $"the container {image}",
                PartMode.External => $"external, at {url}",
                _ => embedded,
            };
            Console.WriteLine($"{part}: {name} (asked for)");
            return asked;
        }

        var (mode, reason) = Probe(configuration, image);
        Console.WriteLine($"{part}: {(mode == PartMode.Container ? $"the container {image}" : embedded)} ({reason})");
        return mode;
    }

    /// <summary>Splits <c>name:tag</c>; the tag is <c>latest</c> where there is none.</summary>
    public static (string Image, string Tag) SplitImage(string image)
    {
        var colon = image.LastIndexOf(':');
        return colon > image.LastIndexOf('/') ? (image[..colon], image[(colon + 1)..]) : (image, "latest");
    }

    /// <summary>Now, before anything starts: never a substitute, and never a system that waits for a part that cannot come.</summary>
    private static void Require(IConfiguration configuration, string part, string image, string embedded)
    {
        var runtime = ContainerRuntime.Find(configuration) ?? throw new DistributedApplicationException(
            $"{part}: the container {image} was asked for, and no container runtime answers ({ContainerRuntime.Tried(configuration)}). Start the engine, name another runtime with ASPIRE_CONTAINER_RUNTIME, or choose {embedded}.");
        if (runtime.HasImage(image))
            return;
        Console.WriteLine($"Pulling {image} with {runtime.Name}");
        if (!runtime.Pull(image, ContainerRuntime.ForcedPullLimit, line => Console.WriteLine($"  {line}")))
            throw new DistributedApplicationException(
                $"{part}: the container {image} was asked for, and {runtime.Name} neither has the image nor can pull it (see above). Mend its name or the way to its registry ('{runtime.Name} pull {image}'), or choose {embedded}.");
    }

    private static (PartMode Mode, string Reason) Probe(IConfiguration configuration, string image)
    {
        if (ContainerRuntime.Find(configuration) is not { } runtime)
            return (PartMode.Embedded, "no container runtime answers");
        if (runtime.HasImage(image))
            return (PartMode.Container, $"{runtime.Name} answers and has the image");
        Console.WriteLine($"Pulling {image} with {runtime.Name} (at most {ContainerRuntime.PullLimit.TotalSeconds:0} s)");
        return runtime.Pull(image, ContainerRuntime.PullLimit, line => Console.WriteLine($"  {line}"))
            ? (PartMode.Container, $"{runtime.Name} answers and pulled the image")
            : (PartMode.Embedded, $"{runtime.Name} answers, but {image} is not there and could not be pulled");
    }
}
