using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Tests;

/// <summary>A host of small processes in a folder of its own, without a dashboard; everything it waits for is bounded by <see cref="Limit"/>.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private DistributedApplication? app;

    public TestHost(params string[] args)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/sh"), "The test starts /bin/sh.");
        limit.CancelAfter(Limit);
        Builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--Nbpy:Dashboard:Enabled=false", $"--Nbpy:LogDirectory={Folder}/logs", .. args], ProjectDirectory = Folder,
        });
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("nbpy-hosting-").FullName;

    public IDistributedApplicationBuilder Builder { get; }

    public DistributedApplication App => app ??= Builder.Build();

    public CancellationToken Cancel => limit.Token;

    public ResourceNotificationService States => App.ResourceNotifications;

    /// <summary>A shell with a script; it ignores nothing and ends when told to.</summary>
    public IResourceBuilder<ExecutableResource> Shell(string name, string script) => Builder.AddExecutable(name, "/bin/sh", Folder, "-c", script);

    /// <summary>A project whose program is a script: <c>WithReplicas</c> is of projects alone.</summary>
    public IResourceBuilder<ProjectResource> Project(string name, string script)
    {
        var own = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        var bin = Directory.CreateDirectory(Path.Combine(Folder, name, "bin", own[^2], own[^1])).FullName;
        var program = Path.Combine(bin, name);
        File.WriteAllText(program, script);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        var project = Path.Combine(Folder, name, name + ".csproj");
        File.WriteAllText(project, "<Project/>");
        return Builder.AddProject(name, project);
    }

    /// <summary>A project that answers every line it is sent with its process id, on the port in the variable PORT.</summary>
    public IResourceBuilder<ProjectResource> Echo(string name)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "/usr/bin/python3 is not installed.");
        return Project(name, """
            #!/usr/bin/python3 -SE
            import os, socketserver
            class Echo(socketserver.StreamRequestHandler):
                def handle(self):
                    for line in self.rfile:
                        self.wfile.write(b'%d %s' % (os.getpid(), line))
            socketserver.ThreadingTCPServer.allow_reuse_address = True
            server = socketserver.ThreadingTCPServer(('127.0.0.1', int(os.environ['PORT'])), Echo)
            server.daemon_threads = True
            print('listening', os.environ['PORT'], flush=True)
            server.serve_forever()
            """);
    }

    public Task StartAsync() => App.StartAsync(Cancel);

    public Task<ResourceEvent> StateAsync(string name, string state) => States.WaitForResourceAsync(name, e => e.Snapshot.State?.Text == state, Cancel);

    public Task<ResourceEvent> EndAsync(string name) =>
        States.WaitForResourceAsync(name, e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), Cancel);

    public string? StateOf(string name) => States.TryGetCurrentState(name, out var known) ? known.Snapshot.State?.Text : null;

    public static string? Property(CustomResourceSnapshot snapshot, string name) => snapshot.Properties.FirstOrDefault(p => p.Name == name)?.Value?.ToString();

    public async Task<ExecuteCommandResult> CommandAsync(string name, string command) => await App.ResourceCommands.ExecuteCommandAsync(name, command, Cancel);

    /// <summary>All lines of a run that has ended.</summary>
    public async Task<string> LogAsync(string name)
    {
        var text = new List<string>();
        await foreach (var lines in App.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(name).WithCancellation(Cancel))
            text.AddRange(lines.Select(l => l.Content));
        return string.Join('\n', text);
    }

    /// <summary>Starts everything, waits for one resource's end, and gives what it printed.</summary>
    public async Task<string> RunAsync(string name)
    {
        await StartAsync();
        var end = await EndAsync(name);
        Assert.True(end.Snapshot.ExitCode == 0 && end.Snapshot.State?.Text == KnownResourceStates.Finished, $"{end.Snapshot.State?.Text} {end.Snapshot.ExitCode} {Property(end.Snapshot, "error")}\n{await LogAsync(name)}");
        return await LogAsync(name);
    }

    public async Task UntilAsync(string what, Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var since = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(since) > Limit)
                Assert.Fail($"Not within {Limit}: {what}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>True while a process lives; a zombie does not.</summary>
    public static bool Lives(int pid) => File.Exists($"/proc/{pid}/stat") && ReadOrEmpty($"/proc/{pid}/stat") is { Length: > 0 } stat && stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        limit.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // It ended between the question and the answer.
            return "";
        }
    }
}
