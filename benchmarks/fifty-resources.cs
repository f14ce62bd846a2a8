#:project ../Nbpy.Hosting/Nbpy.Hosting.csproj
#:property PublishAot=false

// Measures the built-in host with 50 resources: small HTTP servers (Python 3), each with a proxied endpoint and a health check, in five rows of
// ten, each row waiting for the one before. Prints
//   start    from StartAsync until all 50 are healthy (seconds; target: under 15 on 2 cores)
//   restart  from kill -9 of one of them until it is healthy again, started at once when its end is seen (seconds; target: under 2), worst of five
//   stop     from StopAsync until every process has ended (seconds)
// Exit code 1 when a target was missed. Usage: dotnet run -c Release benchmarks/fifty-resources.cs
using System.Diagnostics;
using System.Globalization;
using Nbpy.Hosting;
using Nbpy.Hosting.ApplicationModel;

const int rows = 5;
const int each = 10;
const string server = """
    import http.server, os
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200); self.send_header('Content-Length', '0'); self.end_headers()
        def log_message(self, *args): pass
    http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Answer).serve_forever()
    """;
var folder = Directory.CreateTempSubdirectory("nbpy-fifty-").FullName;
var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
{
    Args = ["--Nbpy:Dashboard:Enabled=false", $"--Nbpy:LogDirectory={folder}"], ProjectDirectory = folder,
});
List<IResourceBuilder<ExecutableResource>> before = [], all = [];
for (var row = 0; row < rows; row++)
{
    var now = Enumerable.Range(0, each).Select(i => builder.AddExecutable($"r{row}-{i}", "/usr/bin/python3", folder, "-SEc", server)
        .WithHttpEndpoint(name: "http", env: "PORT").WithHttpHealthCheck("/", endpointName: "http")).ToList();
    foreach (var resource in now)
        foreach (var needed in before)
            resource.WaitFor(needed);
    all.AddRange(before = now);
}

using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
var usual = Console.Out;
Console.SetOut(TextWriter.Null); // The host's own lines.
double start, stop;
var restart = 0.0;
await using (var app = builder.Build())
{
    var since = Stopwatch.GetTimestamp();
    await app.StartAsync(limit.Token);
    foreach (var resource in all)
        await app.ResourceNotifications.WaitForResourceHealthyAsync(resource.Resource.Name, limit.Token);
    start = Stopwatch.GetElapsedTime(since).TotalSeconds;

    foreach (var name in (string[])["r0-0", "r1-3", "r2-5", "r3-7", "r4-9"])
    {
        app.ResourceNotifications.TryGetCurrentState(name, out var running);
        var pid = Convert.ToInt32(running!.Snapshot.Properties.Single(p => p.Name == "pid").Value, CultureInfo.InvariantCulture);
        since = Stopwatch.GetTimestamp();
        Process.GetProcessById(pid).Kill();
        await app.ResourceNotifications.WaitForResourceAsync(name, e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), limit.Token);

        await app.ResourceCommands.ExecuteCommandAsync(name, "start", limit.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(name, limit.Token);
        restart = Math.Max(restart, Stopwatch.GetElapsedTime(since).TotalSeconds);
    }

    since = Stopwatch.GetTimestamp();
    await app.StopAsync(limit.Token);
    stop = Stopwatch.GetElapsedTime(since).TotalSeconds;
}

Console.SetOut(usual);
Directory.Delete(folder, recursive: true);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"start    {start:0.0} s until all {all.Count} are healthy"));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"restart  {restart:0.00} s from kill -9 until healthy again, worst of five"));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stop     {stop:0.0} s"));
return start < 15 && restart < 2 ? 0 : 1;
