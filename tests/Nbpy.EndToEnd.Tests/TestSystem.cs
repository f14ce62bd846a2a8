using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Nbpy.EndToEnd.Tests;

/// <summary>The real app host as a process of its own, on free ports and in a folder of its own.</summary>
internal sealed class TestSystem : IAsyncDisposable
{
    private const string RunVariable = "NBPY_TEST_RUN";
    private readonly string runId = Guid.NewGuid().ToString("N");
    private readonly StringBuilder output = new();
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource Seen)> waits = [];
    private Process? process;

    private TestSystem(string folder, JsonNode config)
    {
        Folder = folder;
        Config = config;
    }

    public string Folder { get; }

    public JsonNode Config { get; }

    public string ConfigPath => Path.Combine(Folder, "integration_config.json");

    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    public int StorePort => Config["influxdb"]!["port"]!.GetValue<int>();

    public int GrafanaPort => Config["docker"]!["services"]!["grafana"]!["port"]!.GetValue<int>();

    public IReadOnlyDictionary<string, int> TopicPorts =>
        Config["publishers"]!.AsArray().ToDictionary(p => p!["topic"]!.GetValue<string>(), p => p!["port"]!.GetValue<int>());

    /// <summary>The project's own configuration with every port replaced by a free one.</summary>
    public static TestSystem Create()
    {
        var folder = Directory.CreateTempSubdirectory("nbpy-e2e-").FullName;
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Root, "integration_config.json")))!;
        var ports = new Stack<int>(FreePorts(22));
        var renamed = new Dictionary<int, int>();
        foreach (var publisher in config["publishers"]!.AsArray())
        {
            var port = ports.Pop();
            renamed[publisher!["port"]!.GetValue<int>()] = port;
            publisher["port"] = port;
            publisher["replay_port"] = ports.Pop();
        }

        foreach (var subscriber in config["subscribers"]!.AsArray())
            subscriber!["publisher_port"] = renamed[subscriber["publisher_port"]!.GetValue<int>()];
        var store = ports.Pop();
        var grafana = ports.Pop();
        config["influxdb"]!["port"] = store;
        config["docker"]!["services"]!["influxdb"]!["port"] = store;
        config["docker"]!["services"]!["grafana"]!["port"] = grafana;
        config["urls"] = new JsonObject
        {
            ["influxdb_api"] = $"http://localhost:{store}",
            ["grafana_ui"] = $"http://localhost:{grafana}",
            ["grafana_api"] = $"http://localhost:{grafana}/api",
            ["zmq_localhost"] = "tcp://localhost",
        };
        config["validation"]!["message_timeout"] = 5;
        config["system"]!["socket_dir"] = Path.Combine(folder, "run");
        return new TestSystem(folder, config);
    }

    /// <summary>One topic of the user's own in place of all others: a publisher with free ports, a subscriber that stores it, its measurement.</summary>
    /// <param name="publisher">The publisher's entry without its ports.</param>
    /// <param name="tags">The measurement's tags; its fields are <c>price</c> and <c>size</c>.</param>
    public void UseOnly(JsonObject publisher, params string[] tags)
    {
        var ports = FreePorts(2);
        publisher["port"] = ports[0];
        publisher["replay_port"] = ports[1];
        var topic = publisher["topic"]!.GetValue<string>();
        Config["publishers"] = new JsonArray(publisher);
        Config["subscribers"] = new JsonArray(new JsonObject
        {
            ["name"] = "my_influxdb", ["class"] = "InfluxDBSubscriber", ["subscribe_to"] = topic, ["publisher_port"] = ports[0], ["influxdb_measurement"] = topic,
        });
        Config["influxdb"]!["measurements"] = new JsonObject
        {
            [topic] = new JsonObject { ["tags"] = new JsonArray([.. tags.Select(t => (JsonNode)t)]), ["fields"] = new JsonArray("price", "size") },
        };
        Config["validation"] = new JsonObject { ["message_timeout"] = 5, ["grafana_check"] = new JsonObject { ["enabled"] = false } };
        Config.AsObject().Remove("downsampling");
    }

    /// <summary>These topics alone, where others would only take their time to start.</summary>
    public void KeepOnly(params string[] topics)
    {
        foreach (var (list, key) in ((string, string)[])[("publishers", "topic"), ("subscribers", "subscribe_to")])
            foreach (var other in Config[list]!.AsArray().Where(one => !topics.Contains(one![key]!.GetValue<string>())).ToList())
                Config[list]!.AsArray().Remove(other);
        Config["validation"] = new JsonObject { ["message_timeout"] = 5, ["grafana_check"] = new JsonObject { ["enabled"] = false } };
    }

    /// <summary>Publishers, subscribers, the store, the viewer.</summary>
    public int Services => Config["publishers"]!.AsArray().Count + Config["subscribers"]!.AsArray().Count + 2;

    /// <summary>Free ports below the range of outgoing connections, which could otherwise take one before it is bound.</summary>
    public static IReadOnlyList<int> FreePorts(int count)
    {
        var ports = new HashSet<int>();
        while (ports.Count < count)
        {
            var port = Random.Shared.Next(10_000, 20_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                ports.Add(port);
            }
            catch (SocketException)
            {
                // Taken; another one.
            }
        }

        return [.. ports];
    }

    public static string Root { get; } = FindRoot();

    /// <summary>A program of this build.</summary>
    public static string Program(string project, string name) =>
        Path.Combine(Root, project, "bin", AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", name);

    /// <summary>Writes the configuration and starts the host. The embedded parts, unless <paramref name="args"/> say otherwise.</summary>
    public void Start(params string[] args)
    {
        SaveConfig();
        var host = Program("Nbpy.AppHost", "Nbpy.AppHost");
        string[] defaults = [.. args.Contains("--influx") ? [] : (string[])["--influx", "embedded"], .. args.Contains("--grafana") ? [] : (string[])["--grafana", "viewer"]];
        var start = new ProcessStartInfo(host, ["--config", ConfigPath, .. defaults, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        start.Environment[RunVariable] = runId;
        start.Environment["Nbpy__Dashboard__Port"] = "0";
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => Append(e.Data);
        process.ErrorDataReceived += (_, e) => Append(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int HostPid => process!.Id;

    /// <summary>The host's own pages, with the token: printed before anything else starts.</summary>
    public Uri DashboardLogin => new(Output.Split('\n').First(l => l.StartsWith("Dashboard: ", StringComparison.Ordinal))["Dashboard: ".Length..].Trim());

    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(limit);
        try
        {
            await process!.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The host did not end within {limit}. It printed:\n{Output}\n{Logs()}");
        }

        return process.ExitCode;
    }

    public async Task WaitForOutputAsync(string text, TimeSpan limit)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (output)
        {
            if (output.ToString().Contains(text, StringComparison.Ordinal))
                return;
            waits.Add((line => line.Contains(text, StringComparison.Ordinal), seen));
        }

        try
        {
            await seen.Task.WaitAsync(limit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"'{text}' was not printed within {limit}. The host printed:\n{Output}\n{Logs()}");
        }
    }

    /// <summary>The process of this run whose command line holds a text; null when there is none.</summary>
    public int? FindProcess(string text) =>
        Survivors().FirstOrDefault(s => s.Contains(text, StringComparison.Ordinal)) is { } line
            ? int.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)
            : null;

    /// <summary>In one step: a service that is starting reads the old text or the new one.</summary>
    private void SaveConfig()
    {
        var part = ConfigPath + ".part";
        File.WriteAllText(part, Config.ToJsonString(new() { WriteIndented = true }));
        File.Move(part, ConfigPath, overwrite: true);
    }

    /// <summary>The operator's command, on this system's configuration.</summary>
    public Task<(int ExitCode, string Output)> NbpyAsync(params string[] arguments) => NbpyAsync(TimeSpan.FromSeconds(60), arguments);

    /// <summary>The same, for what takes its time.</summary>
    public async Task<(int ExitCode, string Output)> NbpyAsync(TimeSpan limit, params string[] arguments)
    {
        SaveConfig();
        var start = new ProcessStartInfo(Program("Nbpy.Cli", "nbpy"), [.. arguments, "--config", ConfigPath])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder,
        };
        start.Environment[RunVariable] = runId;
        using var nbpy = Process.Start(start)!;
        var output = nbpy.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = nbpy.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await nbpy.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(limit, TestContext.Current.CancellationToken);
        return (nbpy.ExitCode, await output + await error);
    }

    /// <summary>What <c>nbpy status --json</c> says.</summary>
    public async Task<JsonNode?> StatusAsync() => JsonNode.Parse((await NbpyAsync("status", "--json")).Output);

    /// <summary>What <c>nbpy status</c> says of one service.</summary>
    public async Task<JsonNode> ServiceAsync(string name) => (await StatusAsync())!["services"]!.AsArray().Single(s => s!["name"]!.GetValue<string>() == name)!;

    /// <summary>Waits for a condition, a minute at most.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "not within a minute:\n" + Output);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    public void Signal(PosixSignal signal) => Kill(HostPid, signal == PosixSignal.SIGINT ? 2 : 15);

    public void KillHost() => Kill(HostPid, 9);

    /// <summary>Every process that this run started and that still runs.</summary>
    public IReadOnlyList<string> Survivors()
    {
        var found = new List<string>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid) || pid == Environment.ProcessId)
                continue;
            try
            {
                if (File.ReadAllText(Path.Combine(directory, "environ")).Contains($"{RunVariable}={runId}", StringComparison.Ordinal))
                    found.Add($"{pid} {File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ')}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Ended while we looked.
            }
        }

        return found;
    }

    public async Task AssertNoSurvivorsAsync(TimeSpan limit)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (Survivors() is { Count: > 0 } left)
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
                Assert.Fail($"Still running after {limit}:\n{string.Join('\n', left)}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What a stopped system's embedded store answers, asked through a store of its own on the same data; times in ns.</summary>
    /// <returns>The series of each statement.</returns>
    public async Task<IReadOnlyList<JsonArray>> AskStoppedStoreAsync(params string[] statements)
    {
        var start = new ProcessStartInfo(
            Program("Nbpy.EmbeddedInflux", "Nbpy.EmbeddedInflux"),
            ["--at-rest", "--port", StorePort.ToString(System.Globalization.CultureInfo.InvariantCulture), "--data", Path.Combine(Folder, "data", "influxdb")]) { RedirectStandardOutput = true };
        using var store = Process.Start(start)!;
        try
        {
            Assert.NotNull(await store.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            using var http = new HttpClient();
            var answers = new List<JsonArray>();
            foreach (var statement in statements)
            {
                var answer = await http.GetStringAsync(
                    new Uri($"http://127.0.0.1:{StorePort}/query?db=tick&epoch=ns&q=" + Uri.EscapeDataString(statement)), TestContext.Current.CancellationToken);
                var result = JsonNode.Parse(answer)!["results"]![0]!;
                Assert.Null(result["error"]);
                answers.Add(result["series"]?.AsArray() ?? []);
            }

            return answers;
        }
        finally
        {
            store.Kill();
            await store.WaitForExitAsync(CancellationToken.None);
        }
    }

    public string Logs()
    {
        var logs = new StringBuilder();
        var folder = Path.Combine(Folder, "logs");
        if (Directory.Exists(folder))
            foreach (var file in Directory.EnumerateFiles(folder, "*.log").Order())
                logs.AppendLine($"--- {Path.GetFileName(file)}").AppendLine(string.Join('\n', File.ReadLines(file).TakeLast(15)));
        return logs.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            process.Kill(entireProcessTree: true);
        foreach (var line in Survivors())
            Kill(int.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), 9);
        if (process is not null)
            await process.WaitForExitAsync();
        process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void Append(string? line)
    {
        if (line is null)
            return;
        lock (output)
        {
            output.AppendLine(line);
            foreach (var wait in waits)
                if (wait.Wanted(line))
                    wait.Seen.TrySetResult();
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Nbpy.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run from inside the repository.");
    }

    [DllImport("libc", EntryPoint = "kill")]
    public static extern int Kill(int pid, int signal);
}
