using Microsoft.Extensions.Logging;
using Nbpy.Influx;
using Nbpy.Messaging;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Subscribers.Filtering;

namespace Nbpy.Subscribers;

/// <summary>Makes the subscriber or data filter that a name in the configuration stands for.</summary>
public static class SubscriberFactory
{
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
        var client = new InfluxClient(new InfluxOptions
        {
            Url = new Uri(influx.Url),
            Database = influx.Database,
            Username = influx.Username,
            Password = influx.Password,
            Consistency = influx.WriteConsistency,
        });
        var writer = new BatchWriter(
            client,
            new BatchWriterOptions
            {
                RetentionPolicy = measurement.RetentionPolicy,
                BatchSize = influx.BatchSize,
                DeadLetterPath = Path.Combine(context.Config.System.DataDir, "dead-letters", subscriber.Name + ".ndjson"),
            },
            context.Time,
            logger);
        var options = new SubscriberOptions
        {
            Topic = subscriber.SubscribeTo,
            Host = subscriber.PublisherHost,
            Port = subscriber.PublisherPort,
            HighWaterMark = context.Config.System.HighWaterMark,
        };
        var layout = new MeasurementLayout(measurement.Name, measurement.Tags, measurement.Fields);
        return new InfluxDbSubscriberService(client, writer, new InfluxDbSubscriber(options, layout, writer, context.Time, logger), logger);
    }

    private static DataFilterService CreateFilter(ServiceContext context, PublisherConfig filter, ILogger logger)
    {
        var input = context.Config.EnabledPublishers.FirstOrDefault(p => p.Topic == filter.FilterOf)
            ?? throw new ServiceStartException($"'{filter.Name}' filters {filter.FilterOf}, which no enabled publisher publishes.");
        var rules = FilterRules.Parse(filter);
        var publisher = new FilterPublisher(
            new PublisherOptions
            {
                Port = filter.Port,
                HighWaterMark = context.Config.System.HighWaterMark,
                ExpectedSubscribers = context.Config.SubscriptionsTo(filter.Topic),
            },
            context.Time,
            logger);
        var subscriber = new FilterSubscriber(
            new SubscriberOptions { Topic = input.Topic, Port = input.Port, HighWaterMark = context.Config.System.HighWaterMark },
            new MessageFilter(rules),
            publisher,
            filter.Topic,
            context.Time,
            logger);
        return new DataFilterService(subscriber, publisher);
    }
}
