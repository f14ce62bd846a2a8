using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Nbpy.Dashboard.Model;

namespace Nbpy.Dashboard.Tests;

/// <summary>A host's resources made up: a pipeline of stores, subscribers, publishers; commands change states; logs are added by the test.</summary>
internal sealed class FakeModel : IResourceModel
{
    public const string Secret = "s3cr3t-value-that-must-not-show";
    private readonly Lock gate = new();
    private readonly List<ResourceView> resources = [];
    private readonly Dictionary<string, List<ConsoleLine>> logs = [];
    private readonly List<(string Resource, Channel<ConsoleLine> Lines)> followers = [];
    private long version = 1;

    public string ApplicationName => "NBPY";

    public List<(string Resource, string Command)> Executed { get; } = [];

    public IReadOnlyList<ResourceView> Resources
    {
        get
        {
            lock (gate)
                return [.. resources];
        }
    }

    public IReadOnlyList<ApplicationParameterView> Parameters { get; } =
        [new("influxdb-password", Secret, true), new("region", "eu-west", false), new("api-key", "", true, "The parameter 'api-key' has no value; set Parameters__api-key in the environment.")];

    public long Version => Interlocked.Read(ref version);

    /// <summary>The project's own topology, in different states.</summary>
    public static FakeModel Pipeline()
    {
        var model = new FakeModel();
        var start = DateTimeOffset.UtcNow.AddMinutes(-7);
        ResourceView Service(string name, string type, string state, params string[] waits) => new()
        {
            Name = name,
            Type = type,
            State = state,
            Health = state == "Running" ? ResourceHealth.Healthy : null,
            HealthReports = state == "Running" ? [new HealthReportView(name + "_http_health", ResourceHealth.Healthy, "storing")] : [],
            StartedAt = state is "Waiting" ? null : start,
            ProcessId = state == "Running" ? 4242 + model.resources.Count : null,
            Source = "/srv/nbpy/Nbpy.Subscribers/Nbpy.Subscribers.csproj",
            Arguments = [name, "--config", "integration_config.json"],
            Environment = [new("NBPY_HEALTH_PORT", "40123", false), new("INFLUXDB_PASSWORD", Secret, true), new("OTEL_SERVICE_NAME", name, false)],
            Relationships = [.. waits.Select(w => new RelationshipView(w, "WaitFor")), .. name.EndsWith("-influxdb", StringComparison.Ordinal) ? [new(name[..^9], "Reference"), new("influxdb-password", "Reference")] : (RelationshipView[])[]],
            Commands = [new("start", "Start", state != "Running"), new("stop", "Stop", state == "Running"), new("restart", "Restart", state == "Running"), new("flush", "Flush the spool", state == "Running")],
        };
        model.resources.Add(Service("influxdb", "Container", "Running") with { Source = "influxdb:1.8", Urls = [new("http", "http://localhost:8086")], Volumes = ["influxdb-data → /var/lib/influxdb"] });
        model.resources.Add(Service("influxdb-setup", "Project", "Finished", "influxdb") with { ExitCode = 0, StoppedAt = start.AddSeconds(2) });
        foreach (var topic in (string[])["kraken-tick", "kraken-depth", "kraken-orders", "oanda-tick", "oanda-orders", "betfair-stream", "twitter-sentiment"])
        {
            model.resources.Add(Service(topic + "-influxdb", "Project", "Running", "influxdb-setup", "influxdb"));
            model.resources.Add(Service(topic, "Project", "Running", topic + "-influxdb") with { Urls = [new("tcp", "tcp://localhost:5558")] });
        }

        model.Set("kraken-orders", r => r with
        {
            Health = ResourceHealth.Unhealthy, Restarts = 3,
            HealthReports = [new("kraken-orders_http_health", ResourceHealth.Unhealthy, "silent for 48 s", "HttpRequestException: 503 (Service Unavailable)")],
        });
        model.Set("betfair-stream", r => r with { State = "FailedToStart", Health = null, StateReason = "BETFAIR_APP_KEY is not set; set it in the environment.", ProcessId = null });
        model.Set("oanda-orders", r => r with { State = "Finished", ExitCode = 137, Health = null, ProcessId = null, Restarts = 5 });
        model.resources.Add(Service("grafana", "Executable", "Running", "influxdb") with { Urls = [new("http", "http://localhost:3000")] });
        model.resources.Add(Service("validation", "Project", "Waiting", [.. model.resources.Where(r => r.Name.Contains('-')).Select(r => r.Name)]) with { StateReason = "waiting for betfair-stream, kraken-orders" });
        return model;
    }

    public void Add(ResourceView resource)
    {
        lock (gate)
            resources.Add(resource);
        Interlocked.Increment(ref version);
    }

    public void Set(string name, Func<ResourceView, ResourceView> change)
    {
        lock (gate)
        {
            var at = resources.FindIndex(r => r.Name == name);
            resources[at] = change(resources[at]);
        }

        Interlocked.Increment(ref version);
    }

    public void Print(string resource, params IReadOnlyList<string> lines)
    {
        lock (gate)
        {
            if (!logs.TryGetValue(resource, out var own))
                logs[resource] = own = [];
            foreach (var text in lines)
            {
                var line = new ConsoleLine(own.Count + 1, DateTimeOffset.UtcNow, text, text.StartsWith("fail", StringComparison.Ordinal));
                own.Add(line);
                foreach (var follower in followers.Where(f => f.Resource == resource))
                    follower.Lines.Writer.TryWrite(line);
            }
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<ConsoleLine>> FollowLogAsync(string resource, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateUnbounded<ConsoleLine>();
        List<ConsoleLine> kept;
        lock (gate)
        {
            kept = [.. logs.GetValueOrDefault(resource) ?? []];
            followers.Add((resource, channel));
        }

        if (kept.Count > 0)
            yield return kept;
        await foreach (var line in channel.Reader.ReadAllAsync(cancellationToken))
            yield return [line];
    }

    public Task<CommandOutcome> ExecuteCommandAsync(string resource, string command, CancellationToken cancellationToken)
    {
        Executed.Add((resource, command));
        switch (command)
        {
            case "stop":
                Set(resource, r => r with { State = "Finished", ExitCode = 0, Health = null, ProcessId = null, Commands = [.. r.Commands.Select(c => c with { IsEnabled = c.Name == "start" })] });
                return Task.FromResult(new CommandOutcome(true));
            case "start" or "restart":
                Set(resource, r => r with { State = "Running", Health = ResourceHealth.Healthy, Restarts = r.Restarts + 1, Commands = [.. r.Commands.Select(c => c with { IsEnabled = c.Name != "start" })] });
                return Task.FromResult(new CommandOutcome(true));
            default:
                return Task.FromResult(new CommandOutcome(false, "the spool is empty"));
        }
    }
}
