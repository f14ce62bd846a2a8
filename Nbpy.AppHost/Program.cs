using Nbpy.AppHost;
using Nbpy.AppHost.Publishing;

var (options, config, exitCode) = HostOptions.Load(args);
if (options is null || config is null)
    return exitCode;
if (PublishChecks.Refusal(config, options) is { } refusal)
{
    await Console.Error.WriteLineAsync(refusal);
    return 2;
}

try
{
    if (!options.IsPublish)
        HostFolders.Check(config);
    var builder = DistributedApplication.CreateBuilder(options.BuilderArguments);
    builder.Configuration["Nbpy:LogDirectory"] = config.System.LogDir;
    builder.Configuration["Nbpy:ShutdownTimeoutSeconds"] = config.GracefulShutdown.TimeoutSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
    builder.BoundWaits(config);
    ComposeFile? published = null;
    builder.AddComposeFile(file => published = file);
    var secrets = new Secrets(builder, config);
    var services = new ServicePrograms(builder, config, options, secrets);

    // The store, and the job that makes database, policies and downsampling in it.
    var influxdb = services.Store = builder.AddStore(config, options, secrets);
    var influxdbSetup = secrets.ForSetUp(services.AddJob("influxdb-setup", "retention", "create")).WaitForAll(influxdb?.Resource);

    // Sinks before sources: a publisher starts when whoever listens to its topic does.
    var subscribers = config.EnabledSubscribers.ToDictionary(
        s => s,
        s => services.AddSubscriber(s).WaitForCompletion(influxdbSetup).WaitForAll(influxdb?.Resource));
    var filters = config.EnabledPublishers.Where(p => p.FilterOf is not null).ToDictionary(
        p => p,
        p => services.AddDataFilter(p).WaitForAll([.. subscribers.Where(s => s.Key.Publisher == p.Name).Select(s => s.Value)]));
    var publishers = config.EnabledPublishers.Where(p => p.FilterOf is null).ToDictionary(
        p => p,
        p => services.AddPublisher(p)
            .WaitForAll([.. subscribers.Where(s => s.Key.Publisher == p.Name).Select(s => s.Value)])
            .WaitForAll([.. filters.Where(f => f.Key.Input == p.Name).Select(f => f.Value)]));

    // Who listens is told where.
    var topics = publishers.Concat(filters).ToDictionary(p => p.Key.Name, p => p.Value.GetEndpoint("zmq"));
    foreach (var (subscriber, resource) in subscribers)
        resource.WithReference(topics[subscriber.Publisher!]);
    foreach (var (filter, resource) in filters)
        resource.WithReference(topics[filter.Input!]);

    // Something to look at.
    var grafana = builder.AddGrafana(config, options, services, secrets);
    var grafanaSetup = services.AddJob("grafana-setup", "grafana", "setup")
        .WithGrafana(grafana, options, config.Grafana, secrets).WaitForAll(grafana?.Resource).WaitForCompletion(influxdbSetup);

    // The proof: the final resource.
    var validation = services.AddValidation()
        .WithGrafana(grafana, options, config.Grafana, secrets)
        .WaitForAll([.. publishers.Values, .. filters.Values, .. subscribers.Values])
        .WaitForCompletion(grafanaSetup);
    foreach (var topic in topics.Values)
        validation.WithReference(topic);

    return await new HostRun(builder.Build(), config, options, services, () => published).RunAsync();
}
catch (Exception e) when (HostErrors.IsExpected(e))
{
    // Nothing was started; the message names what stands in the way and the mend.
    return HostErrors.Report(e, options.ExceptionDetails);
}
