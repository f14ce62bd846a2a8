using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;
using Nbpy.Hosting.Internal.Containers;

namespace Nbpy.Hosting.Tests;

/// <summary>A runtime that is not well: a script in its place. What a well one does is tested against a real engine in Nbpy.Containers.Tests.</summary>
public sealed class ContainerRuntimeTests
{
    [Fact]
    public async Task A_runtime_that_does_not_answer_is_given_up_within_its_limit_and_named()
    {
        await using var host = Host("sleep 300", out var runtime);
        await host.StartAsync();
        var error = TestHost.Property((await host.EndAsync("box")).Snapshot, "error");
        Assert.StartsWith($"{Path.GetFileName(runtime)} does not answer: '{Path.GetFileName(runtime)} version --format' took longer than 1 s.", error, StringComparison.Ordinal);
        Assert.Contains("embedded part", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_that_is_not_started_is_named_with_the_mend()
    {
        await using var host = Host("echo 'Cannot connect to the Docker daemon. Is it running?' >&2; exit 1", out _);
        await host.StartAsync();
        var error = TestHost.Property((await host.EndAsync("box")).Snapshot, "error");
        Assert.Contains("engine does not answer: Cannot connect to the Docker daemon", error, StringComparison.Ordinal);
        Assert.Contains("systemctl start docker", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_runtime_that_is_not_there_is_named()
    {
        await using var host = new TestHost("--Nbpy:ContainerRuntime=no-such-runtime-of-nbpy");
        host.Builder.AddContainer("box", "image");
        await host.StartAsync();
        Assert.Contains("ASPIRE_CONTAINER_RUNTIME", TestHost.Property((await host.EndAsync("box")).Snapshot, "error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pull_that_never_ends_is_bounded_shows_its_layers_and_can_be_stopped()
    {
        await using var host = Host(
            """
            case "$1 $2" in
              "version --format") echo 1 ;;
              "image inspect") exit 1 ;;
              "pull image") echo '4f4fb700ef54: Pulling fs layer'; echo '5f4fb700ef54: Already exists'; sleep 0.4; echo '4f4fb700ef54: Downloading'; sleep 300 ;;
            esac
            """, out _);
        await host.StartAsync();
        var pulling = await host.States.WaitForResourceAsync("box", e => TestHost.Property(e.Snapshot, "progress") == "image: 1 of 2 layers", host.Cancel);
        Assert.Equal("Pulling", pulling.Snapshot.State?.Text);
        Assert.True((await host.CommandAsync("box", "stop")).Success);
        Assert.Equal(KnownResourceStates.NotStarted, host.StateOf("box"));
    }

    [Theory]
    [InlineData("4f4fb700ef54: Pull complete", "1 of 1 layers")]
    [InlineData("Step 2/5 : COPY . /", "step 2 of 5")]
    [InlineData("#6 [2/3] COPY . /", "step 2 of 3")]
    [InlineData("#7 [first 1/2] FROM base", "step 1 of 2")]
    [InlineData("Digest: sha256:00", null)]
    public void Progress_is_read_from_the_runtimes_lines(string line, string? words) => Assert.Equal(words, new ImageProgress().Read(line));

    [Fact]
    public async Task A_container_is_another_when_image_arguments_variables_or_fixed_ports_are_but_not_for_a_chosen_port()
    {
        await using var host = new TestHost();
        var shared = new ContainerHost(host.Builder.Configuration, [], host.Folder, TimeProvider.System);
        string Of(int? port, int allocated, string id, string arg, string variable)
        {
            var container = new ContainerResource("box");
            container.Annotations.Add(new EndpointAnnotation(System.Net.Sockets.ProtocolType.Tcp, "http", "http", port, 80, null, true) { AllocatedPort = allocated });
            return ContainerArguments.For(container, shared, "image", id, [], new LaunchValues([arg], new Dictionary<string, string> { ["V"] = variable })).Fingerprint;
        }

        var same = Of(null, 1000, "id", "arg", "value");
        Assert.Equal(same, Of(null, 2000, "id", "arg", "value"));
        Assert.Equal(5, new HashSet<string> { same, Of(3000, 3000, "id", "arg", "value"), Of(null, 1000, "other", "arg", "value"), Of(null, 1000, "id", "other", "value"), Of(null, 1000, "id", "arg", "other") }.Count);
    }

    [Fact]
    public async Task No_variables_value_is_on_the_runtimes_command_line()
    {
        await using var host = new TestHost();
        var shared = new ContainerHost(host.Builder.Configuration, [], host.Folder, TimeProvider.System);
        var arguments = ContainerArguments.For(
            new ContainerResource("box"), shared, "image", "id", ["--cap-drop", "ALL"], new LaunchValues(["run"], new Dictionary<string, string> { ["PASSWORD"] = "planted" }));
        Assert.DoesNotContain(arguments.Values, a => a.Contains("planted", StringComparison.Ordinal));
        Assert.Equal(["--cap-drop", "ALL", "image", "run"], arguments.Values.TakeLast(4));
        Assert.Contains("PASSWORD", arguments.Values);
    }

    private static TestHost Host(string script, out string runtime)
    {
        var host = new TestHost("--Nbpy:ContainerRuntimeTimeoutSeconds=1");
        runtime = Path.Combine(host.Folder, "docker");
        File.WriteAllText(runtime, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(runtime, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        host.Builder.Configuration["Nbpy:ContainerRuntime"] = runtime;
        host.Builder.AddContainer("box", "image");
        return host;
    }
}
