using Microsoft.Extensions.Logging;
using Nbpy.Influx;
using Nbpy.Influx.Spooling;
using Nbpy.Messaging;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Subscribers.Filtering;

namespace Nbpy.Subscribers;

/// <summary>Makes the subscriber or data filter that a name in the configuration stands for.</summary>
public static class SubscriberFactory
{
    /// <summary>A smaller write fits a few packets as it is.</summary>
    private const int GzipFromBytes = 4096;

    /// <exception cref="ServiceStartException">The configuration has no such subscriber or filter.</exception>
    public static IService Create(ServiceContext context)
    {
        var config = context.Config;
        var logger = context.Loggers.CreateLogger(context.Name);
        if (config.Publishers.FirstOrDefault(p => p.Name == context.Name && p.FilterOf is not null) is { } filter)
            return CreateFilter(context, filter, logger);
        var subscriber = config.Subscribers.FirstOrDefault(s => s.Name == context.Name)
            ?? throw new ServiceStartException(
                $"{config.Path} has no subscriber or data filter of that name; it has {string.Join(", ", config.Subscribers.Select(s => s.Name))}.");
        return CreateInfluxDb(context, subscriber, logger);
    }

    private static InfluxDbSubscriberService CreateInfluxDb(ServiceContext context, SubscriberConfig subscriber, ILogger logger)
    {
        var influx = context.Config.InfluxDb;
        var measurement = influx.Measurements[subscriber.Measurement];
        var data = context.Config.System.DataDir;
        var run = Environment.GetEnvironmentVariable(EnvironmentNames.Run) ?? "";
        var checkpointPath = Path.Combine(data, "checkpoints", subscriber.Name + ".json");
        var checkpoint = Checkpoint.Read(checkpointPath, subscriber.SubscribeTo, logger);
        var sameRun = run.Length > 0 && checkpoint?.Run == run ? checkpoint : null;
        var client = Client(influx);
        var writer = OpenWriter(
            client,
            new BatchWriterOptions
            {
                RetentionPolicy = measurement.RetentionPolicy,
                BatchSize = influx.BatchSize,
                DeadLetterPath = DeadLetters(context.Config, subscriber.Name),
                Spool = Spool(context.Config, subscriber.Name),
                Before = sameRun?.Progress,
            },
            context,
            logger);
        var options = new SubscriberOptions
        {
            Topic = subscriber.SubscribeTo,
            Host = subscriber.PublisherHost,
            Port = subscriber.PublisherPort,
            Curve = CurveKeys.Of(context.Config.System.CurveKeys, CurveKeys.OfSubscribers, m => new ServiceStartException(m)),
            HighWaterMark = context.Config.System.HighWaterMark,
            ReplayPort = context.Config.PublisherOf(subscriber)?.EffectiveReplayPort,
            Checkpoint = checkpoint is null ? null : (checkpoint.Progress.Epoch, checkpoint.Progress.Sequence),
        };
        var gaps = Gaps(context, client, subscriber.SubscribeTo, logger);
        var layout = new MeasurementLayout(measurement.Name, measurement.Tags, measurement.Fields);
        return new InfluxDbSubscriberService(
            client, writer, new InfluxDbSubscriber(options, layout, writer, gaps, context.Time, logger, RunName.StartNs(run)), gaps, checkpointPath, sameRun, run, context.Time, logger);
    }

    private static InfluxClient Client(InfluxDbConfig influx) => new(new InfluxOptions
    {
        Url = new Uri(influx.Url),
        Database = influx.Database,
        Username = influx.Username,
        Password = influx.Password,
        Consistency = influx.WriteConsistency,
        GzipFromBytes = influx.CompressesWrites ? GzipFromBytes : 0,
    });

    private static GapRecorder Gaps(ServiceContext context, InfluxClient client, string topic, ILogger logger)
    {
        var journal = Path.Combine(context.Config.System.DataDir, "checkpoints", context.Name + ".gaps");
        try
        {
            return new GapRecorder(
                client, topic, context.Name,
                new BatchWriterOptions { Spool = Spool(context.Config, context.Name + ".gaps"), DeadLetterPath = DeadLetters(context.Config, context.Name + ".gaps") },
                new GapJournal(journal, Environment.GetEnvironmentVariable(EnvironmentNames.Run) ?? ""), context.Time, logger);
        }
        catch (Exception e) when (e is (IOException and not SpoolInUseException) or UnauthorizedAccessException)
        {
            throw new ServiceStartException($"The lost ranges of '{context.Name}' cannot be kept: {e.Message}. Mend {journal} and the folder of the spool.");
        }
    }

    private static string DeadLetters(IntegrationConfig config, string name) => Path.Combine(config.System.DataDir, "dead-letters", name + ".ndjson");

    private static SpoolOptions? Spool(IntegrationConfig config, string name) => !config.InfluxDb.Spool.Enabled ? null : new SpoolOptions
    {
        Directory = Path.Combine(config.System.DataDir, "spool", name),
        MaxBytes = config.InfluxDb.Spool.MaxBytes,
        WhenFull = config.InfluxDb.Spool.WhenFull == SpoolFull.DropOldest ? SpoolFullPolicy.DropOldest : SpoolFullPolicy.Block,
    };

    /// <exception cref="SpoolInUseException">As a rule the process before this one is ending: a later start finds it free.</exception>
    private static BatchWriter OpenWriter(InfluxClient client, BatchWriterOptions options, ServiceContext context, ILogger logger)
    {
        try
        {
            return new BatchWriter(client, options, context.Time, logger);
        }
        catch (Exception e) when (e is (IOException and not SpoolInUseException) or UnauthorizedAccessException)
        {
            throw new ServiceStartException($"The spool of '{context.Name}' cannot be opened: {e.Message}. Mend the folder {options.Spool?.Directory}, or switch influxdb.spool off.");
        }
    }

    private static DataFilterService CreateFilter(ServiceContext context, PublisherConfig filter, ILogger logger)
    {
        var input = context.Config.EnabledPublishers.FirstOrDefault(p => p.Name == filter.Input)
            ?? throw new ServiceStartException($"'{filter.Name}' filters {filter.FilterOf}, which no enabled publisher publishes.");
        var rules = FilterRules.Parse(filter);
        var checkpointPath = Path.Combine(context.Config.System.DataDir, "checkpoints", filter.Name + ".json");
        var checkpoint = FilterCheckpoint.Read(checkpointPath, input.Topic, logger);
        var client = Client(context.Config.InfluxDb);
        var gaps = Gaps(context, client, input.Topic, logger);
        var publisher = new FilterPublisher(
            new PublisherOptions
            {
                Port = filter.Port,
                BindHost = context.Config.System.BindHost,
                Curve = CurveKeys.Of(
                    context.Config.System.CurveKeys, context.Config.System.AreCurveKeysMounted ? CurveKeys.OfMountedPublishers : CurveKeys.OfPublishers, m => new ServiceStartException(m)),
                HighWaterMark = context.Config.System.HighWaterMark,
                ExpectedSubscribers = context.Config.SubscriptionsTo(filter),
                ReplayPort = filter.ReplayPort,
                Topics = [filter.Topic],
                RingMessages = filter.RingMessages,
                RingBytes = filter.RingBytes,
                RingDirectory = context.Config.RingDirectory(filter),
                Run = Environment.GetEnvironmentVariable(EnvironmentNames.Run) ?? "",
            },
            context.Time,
            logger);
        var subscriber = new FilterSubscriber(
            new SubscriberOptions
            {
                Topic = input.Topic, Host = input.Host, Port = input.Port, Curve = CurveKeys.Of(context.Config.System.CurveKeys, CurveKeys.OfSubscribers, m => new ServiceStartException(m)),
                HighWaterMark = context.Config.System.HighWaterMark, ReplayPort = input.EffectiveReplayPort,
                Checkpoint = checkpoint is null ? null : (checkpoint.Epoch, checkpoint.Sequence),
            },
            new MessageFilter(rules, checkpoint?.Memory),
            publisher,
            filter.Topic,
            checkpointPath,
            gaps,
            context.Time,
            logger);
        return new DataFilterService(subscriber, publisher, gaps, client);
    }
}
