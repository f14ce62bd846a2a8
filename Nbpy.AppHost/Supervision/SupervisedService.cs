using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Supervision;

/// <summary>How one service is supervised.</summary>
/// <param name="Resource">Its resource's name.</param>
/// <param name="Settings">Its own, or the system's.</param>
/// <param name="SilenceTimeout">Seconds; 0: never.</param>
/// <param name="Source">The resource name of what it receives from; null: it receives from nobody here.</param>
internal sealed record SupervisedService(string Resource, SupervisionConfig Settings, double SilenceTimeout, string? Source)
{
    /// <summary>Every service of the system. Store and viewer have no data to be silent about.</summary>
    public static IEnumerable<SupervisedService> Of(IntegrationConfig config)
    {
        // A program of the user's own need not answer at all: it is judged from its first answer on.
        SupervisionConfig Default(string? project) => project is null ? config.Supervision : config.Supervision with { StartTimeout = 0 };
        foreach (var publisher in config.Publishers)
        {
            var settings = publisher.Supervision ?? Default(publisher.Project);
            var isReceiver = publisher.FilterOf is not null;
            yield return new SupervisedService(
                ServicePrograms.ResourceName(publisher.Name), settings,
                settings.SilenceTimeout ?? (isReceiver ? SupervisionConfig.DefaultSilence : OfSource(publisher)),
                isReceiver ? NameOf(publisher.Input) : null);
        }

        foreach (var subscriber in config.Subscribers)
        {
            var settings = subscriber.Supervision ?? Default(subscriber.Project);
            yield return new SupervisedService(
                ServicePrograms.ResourceName(subscriber.Name), settings, settings.SilenceTimeout ?? SupervisionConfig.DefaultSilence, NameOf(subscriber.Publisher));
        }

        yield return new SupervisedService("influxdb", config.InfluxDb.Supervision ?? config.Supervision, 0, null);
        yield return new SupervisedService("grafana", config.Grafana.Supervision ?? config.Supervision, 0, null);
    }

    // A simulated source that is to be slow is not silent for that.
    private static double OfSource(PublisherConfig publisher) =>
        KnownClasses.NeverRests(publisher.Class) ? Math.Max(SupervisionConfig.DefaultSilence, publisher.Rate is { } rate and > 0 ? 20 / rate : 0) : 0;

    // What is not enabled publishes nothing: then nobody can be found to have missed anything.
    private static string NameOf(string? publisher) => ServicePrograms.ResourceName(publisher ?? "");
}
