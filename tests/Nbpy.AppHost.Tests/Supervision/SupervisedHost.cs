using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Nbpy.AppHost.Supervision;
using Nbpy.Hosting;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests.Supervision;

/// <summary>Real processes under the real supervisor, with short times: services are scripts that answer <c>/health</c>. Every wait is bounded.</summary>
internal sealed class SupervisedHost : IAsyncDisposable
{
    /// <summary>Answers its health with a count that rises by one each time. Files in its folder rule it: <c>refuse</c>: it ends with the code in it;
    /// <c>silent</c>: the count of its first life stands still; <c>hang</c>: it answers nothing.</summary>
    private const string Service = """
        #!/usr/bin/python3 -SE
        import http.server, json, os, sys, time
        def there(name): return os.path.exists(name)
        with open('lives', 'a') as f: f.write('%d\n' % os.getpid())
        life = len(open('lives').readlines())
        if there('refuse'): sys.exit(int(open('refuse').read()))
        if there('hang'): time.sleep(1000)
        class Health(http.server.BaseHTTPRequestHandler):
            count = 0
            def do_GET(self):
                if not (there('silent') and life == 1): Health.count += 1
                body = json.dumps({'status': 'Healthy', 'data': Health.count, 'quiet': False}).encode()
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *args): pass
        http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Health).serve_forever()
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly CancellationTokenSource unsupervised = new();
    private readonly IDistributedApplicationBuilder builder;
    private readonly ConcurrentQueue<(string Id, string State)> states = new();
    private DistributedApplication? app;
    private Task supervising = Task.CompletedTask;
    private Task watching = Task.CompletedTask;

    public SupervisedHost()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/python3"), "/usr/bin/python3 is not installed.");
        limit.CancelAfter(Limit);
        builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--Nbpy:Dashboard:Enabled=false", $"--Nbpy:LogDirectory={Folder}/logs", "--Nbpy:ShutdownTimeoutSeconds=5"], ProjectDirectory = Folder,
        });
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("nbpy-supervised-").FullName;

    public SupervisionConfig Supervision { get; init; } = new() { InitialBackoff = 0.01, MaxBackoff = 0.01 };

    public CancellationToken Cancel => limit.Token;

    public ResourceNotificationService States => app!.ResourceNotifications;

    /// <summary>A service; in the configuration a publisher of that name, unless the host knows it by another role.</summary>
    public IResourceBuilder<ProjectResource> Add(string name, string script = Service)
    {
        var own = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        var bin = Directory.CreateDirectory(Path.Combine(FolderOf(name), "bin", own[^2], own[^1])).FullName;
        var program = Path.Combine(bin, name);
        File.WriteAllText(program, script);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        var project = Path.Combine(FolderOf(name), name + ".csproj");
        File.WriteAllText(project, "<Project/>");
        return builder.AddProject(name, project).WithHttpEndpoint(name: "health", env: "PORT").WithHttpHealthCheck("/health", endpointName: "health");
    }

    /// <summary>Something that runs once and ends well.</summary>
    public IResourceBuilder<ExecutableResource> AddJob(string name) => builder.AddExecutable(name, "/bin/sh", Folder, "-c", "true");

    /// <summary>Starts everything, supervised: every resource named here is a publisher of the configuration.</summary>
    public async Task StartAsync(params string[] publishers)
    {
        app = builder.Build();
        var config = new IntegrationConfig
        {
            Path = Path.Combine(Folder, "integration_config.json"), Supervision = Supervision,
            Publishers = [.. publishers.Select(p => new PublisherConfig { Name = p, Class = KnownClasses.KrakenTick, Port = 1, Topic = p })],
        };
        watching = WatchAsync();
        supervising = new Supervisor(app, config, TimeProvider.System, TimeSpan.FromMilliseconds(100)).RunAsync(unsupervised.Token);
        await app.StartAsync(Cancel);
    }

    public Task<ResourceEvent> UntilAsync(string name, Func<CustomResourceSnapshot, bool> condition) => States.WaitForResourceAsync(name, e => condition(e.Snapshot), Cancel);

    public Task<ResourceEvent> StateAsync(string name, string state) => UntilAsync(name, s => s.State?.Text == state);

    public Task<ExecuteCommandResult> CommandAsync(string name, string command) => app!.ResourceCommands.ExecuteCommandAsync(name, command, Cancel);

    /// <summary>The states a resource went through so far, each once in a row.</summary>
    public IReadOnlyList<string> Sequence(string name)
    {
        var all = states.Where(s => s.Id == name).Select(s => s.State).ToList();
        return [.. all.Where((s, i) => i == 0 || all[i - 1] != s)];
    }

    public static string? Property(CustomResourceSnapshot snapshot, string name) => Convert.ToString(snapshot.Properties.FirstOrDefault(p => p.Name == name)?.Value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;

    public string FolderOf(string name) => Path.Combine(Folder, name);

    /// <summary>The processes that a service has been so far.</summary>
    public int[] Lives(string name) => File.Exists(Path.Combine(FolderOf(name), "lives"))
        ? [.. File.ReadAllLines(Path.Combine(FolderOf(name), "lives")).Select(l => int.Parse(l, CultureInfo.InvariantCulture))] : [];

    public async Task UntilAsync(string what, Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var since = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(since) > Limit)
                Assert.Fail($"Not within {Limit}: {what}");
            await timer.WaitForNextTickAsync(Cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await unsupervised.CancelAsync();
        await supervising;
        if (app is not null)
            await app.DisposeAsync();
        await watching;
        limit.Dispose();
        unsupervised.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task WatchAsync()
    {
        try
        {
            await foreach (var change in States.WatchAsync(unsupervised.Token))
                if (change.Snapshot.State?.Text is { } state)
                    states.Enqueue((change.ResourceId, state));
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
