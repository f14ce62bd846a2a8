using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Nbpy.Hosting;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Containers.Tests.Hosting;

/// <summary>Containers of the built-in host on a real engine. Each test has a folder of its own: to the host, an application of its own.</summary>
[Collection(OneEngine.Name)]
public sealed class ContainerLifecycleTests(BoxImage image) : IClassFixture<BoxImage>, IAsyncDisposable
{
    private const string Serve = "trap 'exit 0' TERM; httpd -f -p 80 -h / & wait";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-box-test-").FullName;
    private readonly string name = "nbpy-box-" + Guid.NewGuid().ToString("N")[..8];
    private readonly List<string> volumes = [];

    [Fact]
    public async Task A_container_starts_becomes_healthy_logs_stops_and_leaves_nothing()
    {
        image.SkipWithoutEngine();
        string network;
        await using (var host = new ContainerHosting(folder))
        {
            var box = host.Box("box", $"echo started as $WHO; trap 'echo told to stop; exit 3' TERM; httpd -f -p 80 -h / & wait")
                .WithContainerName(name).WithEnvironment("WHO", "a guest").WithHttpEndpoint(targetPort: 80).WithHttpHealthCheck("/index.html");
            await host.StartAsync();
            var healthy = await host.App.ResourceNotifications.WaitForResourceHealthyAsync("box", host.Cancel);
            Assert.StartsWith(await DockerAsync("inspect", "--format", "{{.State.Pid}}", name), ContainerHosting.Property(healthy.Snapshot, "pid"), StringComparison.Ordinal);
            using var http = new HttpClient();
            Assert.Equal("box\n", await http.GetStringAsync(new Uri(box.GetEndpoint("http").Url + "/index.html"), host.Cancel));
            network = await DockerAsync("inspect", "--format", "{{range $n, $_ := .NetworkSettings.Networks}}{{$n}}{{end}}", name);
            Assert.StartsWith("nbpy-", network, StringComparison.Ordinal);

            Assert.True((await host.App.ResourceCommands.ExecuteCommandAsync("box", "stop", host.Cancel)).Success);
            var ended = await host.StateAsync("box", KnownResourceStates.Exited);
            Assert.Equal(3, ended.ExitCode);
            Assert.Equal("started as a guest\ntold to stop", await host.LogAsync("box"));
            Assert.Equal("", await ContainersAsync());
        }

        Assert.NotEqual(0, (await Shell.RunAsync(folder, Limit, "docker", "network", "inspect", network)).ExitCode);
    }

    [Fact]
    public async Task Arguments_entry_point_mounts_and_runtime_arguments_reach_the_container_and_a_named_volume_stays()
    {
        image.SkipWithoutEngine();
        volumes.Add(name);
        await File.WriteAllTextAsync(Path.Combine(folder, "given"), "from the machine\n", TestContext.Current.CancellationToken);
        foreach (var (run, expected) in ((int, string)[])[(1, "first"), (2, "again")])
        {
            await using var host = new ContainerHosting(folder);
            host.Builder.AddContainer("box", BoxImage.Name, BoxImage.Tag).WithContainerName(name).WithEntrypoint("/bin/sh")
                .WithArgs("-c", "cat /given; touch /given 2>/dev/null || echo read only; test -e /data/mark && echo again || echo first; touch /data/mark; cat /etc/hostname; echo $0", "tail")
                .WithBindMount("given", "/given", isReadOnly: true).WithVolume(name, "/data").WithContainerRuntimeArgs("--hostname", "boxed" + run);
            await host.StartAsync();
            var ended = await host.StateAsync("box", KnownResourceStates.Exited);
            Assert.Equal(0, ended.ExitCode);
            Assert.Equal($"from the machine\nread only\n{expected}\nboxed{run}\ntail", await host.LogAsync("box"));
        }
    }

    [Fact]
    public async Task Containers_find_each_other_by_their_resources_names()
    {
        image.SkipWithoutEngine();
        await using var host = new ContainerHosting(folder);
        var server = host.Box("server", Serve).WithHttpEndpoint(targetPort: 80).WithHttpHealthCheck("/index.html");
        host.Box("caller", "echo $URL; wget -q -O - $URL/index.html").WithEnvironment("URL", server.GetEndpoint("http")).WaitFor(server);
        await host.StartAsync();
        Assert.Equal(0, (await host.StateAsync("caller", KnownResourceStates.Exited)).ExitCode);
        Assert.Equal("http://server:80\nbox", await host.LogAsync("caller"));
    }

    [Fact]
    public async Task A_persistent_container_outlives_the_host_is_used_again_and_is_replaced_when_it_is_to_be_another()
    {
        image.SkipWithoutEngine();
        var ids = new List<string>();
        var ports = new List<int>();
        foreach (var value in (string[])["one", "one", "two"])
        {
            await using var host = new ContainerHosting(folder);
            var box = host.Box("box", Serve).WithContainerName(name).WithLifetime(ContainerLifetime.Persistent).WithEnvironment("VALUE", value)
                .WithHttpEndpoint(targetPort: 80).WithHttpHealthCheck("/index.html");
            await host.StartAsync();
            await host.App.ResourceNotifications.WaitForResourceHealthyAsync("box", host.Cancel);
            ids.Add(await DockerAsync("inspect", "--format", "{{.Id}}", name));
            ports.Add(box.GetEndpoint("http").Port);
        }

        Assert.Equal("true", await DockerAsync("inspect", "--format", "{{.State.Running}}", name));
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(ports[0], ports[1]);
        Assert.NotEqual(ids[1], ids[2]);
    }

    [Fact]
    public async Task A_persistent_container_that_was_stopped_is_started_again()
    {
        image.SkipWithoutEngine();
        string id = "";
        for (var run = 0; run < 2; run++)
        {
            await using var host = new ContainerHosting(folder);
            host.Box("box", "trap 'exit 0' TERM; while :; do sleep 0.1; done").WithContainerName(name).WithLifetime(ContainerLifetime.Persistent);
            await host.StartAsync();
            await host.StateAsync("box", KnownResourceStates.Running);
            var now = await DockerAsync("inspect", "--format", "{{.Id}}", name);
            Assert.True(run == 0 || id == now);
            id = now;
            Assert.True((await host.App.ResourceCommands.ExecuteCommandAsync("box", "stop", host.Cancel)).Success);
            await host.StateAsync("box", KnownResourceStates.Exited);
            Assert.Equal("exited", await DockerAsync("inspect", "--format", "{{.State.Status}}", name));
        }
    }

    [Fact]
    public async Task A_container_that_an_earlier_run_left_behind_is_replaced_and_one_of_somebody_else_is_not()
    {
        image.SkipWithoutEngine();
        await DockerAsync("run", "--detach", "--name", name, "--label", $"nbpy.apphost={folder}", "--label", "nbpy.resource=box", $"{BoxImage.Name}:{BoxImage.Tag}", "exec sleep 300");
        await using (var host = new ContainerHosting(folder))
        {
            host.Box("box", "echo new").WithContainerName(name);
            await host.StartAsync();
            await host.StateAsync("box", KnownResourceStates.Exited);
            Assert.Contains("left by an earlier run", await host.LogAsync("box"), StringComparison.Ordinal);
        }

        await DockerAsync("run", "--detach", "--name", name, $"{BoxImage.Name}:{BoxImage.Tag}", "exec sleep 300");
        await using (var host = new ContainerHosting(folder))
        {
            host.Box("box", "echo new").WithContainerName(name);
            await host.StartAsync();
            var error = await host.FailureAsync("box");
            Assert.Contains($"The container name {name} is taken", error, StringComparison.Ordinal);
            Assert.Contains($"docker rm --force {name}", error, StringComparison.Ordinal);
        }

        Assert.Equal("true", await DockerAsync("inspect", "--format", "{{.State.Running}}", name));
    }

    [Fact]
    public async Task A_missing_image_is_named_with_the_mend_and_the_pull_shows_in_the_state()
    {
        image.SkipWithoutEngine();
        await using var host = new ContainerHosting(folder);
        var seen = new List<string?>();
        host.Builder.AddContainer("pulled", "localhost:1/nbpy-hosting-test/absent", "7");
        host.Builder.AddContainer("never", "localhost:1/nbpy-hosting-test/absent", "7").WithImagePullPolicy(ImagePullPolicy.Never);
        var watching = WatchAsync(host, "pulled", seen);
        await host.StartAsync();
        var pulled = await host.FailureAsync("pulled");
        Assert.Contains("localhost:1/nbpy-hosting-test/absent:7 could not be pulled", pulled, StringComparison.Ordinal);
        Assert.Contains("docker pull", pulled, StringComparison.Ordinal);
        Assert.Contains("pull policy is Never", await host.FailureAsync("never"), StringComparison.Ordinal);
        await watching;
        Assert.Contains("Pulling localhost:1/nbpy-hosting-test/absent:7", seen);
    }

    [Fact]
    public async Task An_image_is_built_from_its_Dockerfile_with_the_steps_in_the_state_and_a_failing_build_says_where()
    {
        image.SkipWithoutEngine();
        var build = Directory.CreateDirectory(Path.Combine(folder, "build")).FullName;
        await File.WriteAllTextAsync(Path.Combine(build, "Dockerfile"), $"FROM {BoxImage.Name}:{BoxImage.Tag} AS first\nARG WHO\nENV WHO=$WHO\nFROM first AS second\nENV WHO=wrong\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(build, "Broken"), $"FROM {BoxImage.Name}:{BoxImage.Tag}\nCOPY absent /\n", TestContext.Current.CancellationToken);
        await using var host = new ContainerHosting(folder);
        var seen = new List<string?>();
        host.Builder.AddDockerfile("built", "build", stage: "first").WithBuildArg("WHO", "the builder").WithArgs("echo $WHO");
        host.Builder.AddDockerfile("broken", "build", "Broken");
        var watching = WatchAsync(host, "built", seen);
        await host.StartAsync();
        await host.StateAsync("built", KnownResourceStates.Exited);
        Assert.EndsWith("the builder", await host.LogAsync("built"), StringComparison.Ordinal);
        await watching;
        Assert.Contains(seen, s => s!.StartsWith("Building nbpy-built:", StringComparison.Ordinal));
        var error = await host.FailureAsync("broken");
        Assert.Contains(Path.Combine(build, "Broken"), error, StringComparison.Ordinal);
        Assert.Contains("absent", await host.LogAsync("broken"), StringComparison.Ordinal);
        foreach (var resource in (string[])["built", "broken"])
            await Shell.RunAsync(folder, Limit, "sh", "-c", $"docker images --quiet 'nbpy-{resource}' | xargs -r docker image rm --force");
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_its_holder_and_leaves_no_container()
    {
        image.SkipWithoutEngine();
        var port = Free();
        await using var host = new ContainerHosting(folder);
        host.Box("box", Serve).WithContainerName(name).WithHttpEndpoint(port: port, targetPort: 80).WithExplicitStart();
        await host.StartAsync();
        using var taken = new TcpListener(IPAddress.Loopback, port);
        taken.Start();
        await host.App.ResourceCommands.ExecuteCommandAsync("box", "start", host.Cancel);
        var error = await host.FailureAsync("box");
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Port {port}, which 'box' needs, is taken by process {Environment.ProcessId} "), error, StringComparison.Ordinal);
        Assert.Equal("", await ContainersAsync());
    }

    [Fact]
    public async Task A_container_that_ignores_the_stop_is_killed_and_named()
    {
        image.SkipWithoutEngine();
        var usual = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            await using var host = new ContainerHosting(folder, "--Nbpy:ShutdownTimeoutSeconds=1");
            host.Box("box", "trap '' TERM; while :; do sleep 0.2; done").WithContainerName(name);
            await host.StartAsync();
            await host.StateAsync("box", KnownResourceStates.Running);
        }
        finally
        {
            Console.SetOut(usual);
        }

        Assert.Contains("were killed: box", output.ToString(), StringComparison.Ordinal);
        Assert.Equal("", await ContainersAsync());
    }

    [Fact]
    public async Task When_the_host_dies_the_guardian_ends_and_removes_its_containers()
    {
        image.SkipWithoutEngine();
        await DockerAsync("run", "--detach", "--name", name, $"{BoxImage.Name}:{BoxImage.Tag}", Serve);
        using var guardian = Guardian.Start();
        guardian.AddContainer(Shell.Find("docker")!, name);
        guardian.Abandon();
        var since = TimeProvider.System.GetTimestamp();
        while (await ContainersAsync() != "")
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Limit, "The container is still there.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync(folder, Limit, "sh", "-c", $"docker ps --all --quiet --filter 'label=nbpy.apphost={folder}' | xargs -r docker rm --force --volumes; docker rm --force --volumes {name}; docker network ls --quiet --filter 'label=nbpy.apphost={folder}' | xargs -r docker network rm");
        foreach (var volume in volumes)
            await Shell.RunAsync(folder, Limit, "docker", "volume", "rm", volume);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task WatchAsync(ContainerHosting host, string resource, List<string?> seen)
    {
        await host.App.ResourceNotifications.WaitForResourceAsync(
            resource,
            e =>
            {
                seen.Add($"{e.Snapshot.State?.Text} {ContainerHosting.Property(e.Snapshot, "progress")}");
                return KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text);
            },
            host.Cancel);
    }

    private static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<string> DockerAsync(params string[] args) => (await Shell.MustAsync(folder, Limit, "docker", args)).Trim();

    private Task<string> ContainersAsync() => DockerAsync("ps", "--all", "--quiet", "--filter", $"name=^{name}$");
}
