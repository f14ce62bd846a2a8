using Nbpy.AppHost;

var (options, config, exitCode) = HostOptions.Load(args);
if (options is null || config is null)
    return exitCode;

var builder = DistributedApplication.CreateBuilder(args);
builder.Configuration["Nbpy:LogDirectory"] = config.System.LogDir;
builder.Configuration["Nbpy:ShutdownTimeoutSeconds"] = config.GracefulShutdown.TimeoutSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
var services = new ServicePrograms(builder, config, options);

// The store, and the job that makes database, policies and downsampling in it.
var influxdb = builder.AddStore(config, options);
var influxdbSetup = services.AddJob("influxdb-setup", "retention", "create").WaitForAll(influxdb);

// Sinks before sources: a publisher starts when whoever listens to its topic does.
var subscribers = config.EnabledSubscribers.ToDictionary(
    s => s,
    s => services.AddSubscriber(s).WaitForCompletion(influxdbSetup).WaitForAll(influxdb));
var filters = config.EnabledPublishers.Where(p => p.FilterOf is not null).ToDictionary(
    p => p,
    p => services.AddDataFilter(p).WaitForAll([.. subscribers.Where(s => s.Key.SubscribeTo == p.Topic).Select(s => s.Value)]));
var publishers = config.EnabledPublishers.Where(p => p.FilterOf is null).ToDictionary(
    p => p,
    p => services.AddPublisher(p)
        .WaitForAll([.. subscribers.Where(s => s.Key.SubscribeTo == p.Topic).Select(s => s.Value)])
        .WaitForAll([.. filters.Where(f => f.Key.FilterOf == p.Topic).Select(f => f.Value)]));

// Something to look at.
var grafana = builder.AddGrafana(config, options)?.WaitForAll(influxdb);
var grafanaSetup = services.AddJob("grafana-setup", "grafana", "setup").WaitForAll(grafana).WaitForCompletion(influxdbSetup);

// The proof: the final resource.
services.AddValidation()
    .WaitForAll([.. publishers.Values, .. filters.Values, .. subscribers.Values])
    .WaitForCompletion(grafanaSetup);

return await new HostRun(builder.Build(), config, options, services).RunAsync();
