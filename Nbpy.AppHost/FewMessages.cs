using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>Starts services that hardly get anything to do so that they take little: with the machine code that their build made, and as if on one processor.
/// Otherwise .NET counts each method's calls and compiles again, for the processor at hand, what is called often, which more than doubles the hot path's
/// speed, but the counting is a fifth of what such a service takes; and a thread that waits for the next message spins first, which pays where the
/// next one is microseconds away.</summary>
internal static class FewMessages
{
    /// <summary>Of made-up messages, from so many a second on it pays to compile again.</summary>
    private const double Many = 1_000;

    /// <summary>Tells the service so, where there is code to keep and few messages come to it. Not in what is published: an image may have been made without
    /// machine code.</summary>
    /// <param name="service">A program of this solution.</param>
    /// <param name="publisher">Where its messages come from.</param>
    /// <param name="options">With the source of publishers that name none.</param>
    public static void ExpectFewMessages(this IResourceBuilder<ProjectResource> service, PublisherConfig publisher, HostOptions options)
    {
        if (!options.IsPublish && IsCompiled && AreExpected(publisher, options.Source))
            service.WithRuntimeSetting("DOTNET_TieredCompilation", "0", options).WithRuntimeSetting("DOTNET_PROCESSOR_COUNT", "1", options);
    }

    /// <summary>What a venue or a recording sends is not known beforehand.</summary>
    internal static bool AreExpected(PublisherConfig publisher, SourceKind asked) =>
        (publisher.Source ?? asked) == SourceKind.Simulated && !(publisher.Rate >= Many);

    // A Debug build makes none, and without it everything would be compiled at the start, slowly.
    private static bool IsCompiled => AppContext.TryGetSwitch("Nbpy.MachineCode", out var made) && made;
}
