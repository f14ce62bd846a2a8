using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Replay;
using Nbpy.Publishers.Simulation;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers;

/// <summary>Makes the publisher that a name in the configuration stands for.</summary>
public static partial class PublisherFactory
{
    /// <exception cref="ServiceStartException">The name, the class or the source cannot be had.</exception>
    public static IService Create(ServiceContext context)
    {
        var config = context.Config.Publishers.FirstOrDefault(p => p.Name == context.Name)
            ?? throw new ServiceStartException(
                $"{context.Config.Path} has no publisher of that name; it has {string.Join(", ", context.Config.Publishers.Select(p => p.Name))}.");
        if (config.Class == KnownClasses.DataFilter)
            throw new ServiceStartException("a data filter is run by Nbpy.Subscribers.");

        var logger = context.Loggers.CreateLogger(config.Name);
        var kind = ChooseSource(config, context.Source, logger);
        var source = CreateSource(config, kind, context, logger);
        var options = new PublisherOptions
        {
            Port = config.Port,
            BindHost = context.Config.System.BindHost,
            Curve = CurveKeys.Of(
                context.Config.System.CurveKeys, context.Config.System.AreCurveKeysMounted ? CurveKeys.OfMountedPublishers : CurveKeys.OfPublishers, m => new ServiceStartException(m)),
            HighWaterMark = context.Config.System.HighWaterMark,
            Source = kind.ToString().ToLowerInvariant(),
            ExpectedSubscribers = context.Config.SubscriptionsTo(config),
            ReplayPort = config.ReplayPort,
            Topics = [config.Topic],
            RingMessages = config.RingMessages,
            RingBytes = config.RingBytes,
            RingDirectory = context.Config.RingDirectory(config),
            Run = Environment.GetEnvironmentVariable(EnvironmentNames.Run) ?? "",
        };
        return new PublisherService(new SourcePublisher(config.Topic, source, options, context.Time, logger), config, source, context.Time);
    }

    private static SourceKind ChooseSource(PublisherConfig config, SourceKind asked, ILogger logger)
    {
        var kind = config.Source ?? asked;
        // Its venue is its own configuration: there are no made-up prices of it.
        if (config is { Class: KnownClasses.GenericWebSocket, Source: null } && kind == SourceKind.Simulated)
            kind = SourceKind.Live;
        var missing = kind is SourceKind.Live or SourceKind.Auto ? KnownClasses.MissingCredentials(config) : [];
        if (kind == SourceKind.Live && missing.Count > 0)
            throw new ServiceStartException(
                $"'{config.Name}' asks for live data, and {string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} not set; set them, or use --source simulated or --source replay.");
        if (kind == SourceKind.Auto)
            kind = LiveFeeds.Exists(config) && missing.Count == 0 ? SourceKind.Live : SourceKind.Simulated;
        LogSource(logger, kind switch
        {
            SourceKind.Live => "live, from the venue",
            SourceKind.Replay => "replayed recordings",
            _ => "simulated prices, made up: not a market",
        });
        return kind;
    }

    private static IMessageSource CreateSource(PublisherConfig config, SourceKind kind, ServiceContext context, ILogger logger)
    {
        try
        {
            return kind switch
            {
                SourceKind.Live => LiveFeeds.Create(config, context.Time, logger, Path.Combine(context.Config.System.DataDir, "feeds")),
                SourceKind.Replay => ReplaySource.Create(config, new TimerThread(), logger),
                _ => SimulatedSource.Create(config, new TimerThread()),
            };
        }
        catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException or ReplayException)
        {
            throw new ServiceStartException(e.Message);
        }
    }

    [LoggerMessage(101, LogLevel.Information, "Source: {Description}")]
    private static partial void LogSource(ILogger logger, string description);
}
