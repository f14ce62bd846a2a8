using System.Net.Sockets;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Tests;

public sealed class EndpointTests
{
    [Fact]
    public async Task A_proxied_endpoint_listens_on_its_port_and_the_program_on_a_port_of_its_own()
    {
        await using var host = new TestHost();
        var port = TestHost.FreePort();
        var endpoint = host.Echo("echo").WithEndpoint(port: port, name: "tcp", env: "PORT").GetEndpoint("tcp");
        await host.StartAsync();
        Assert.Equal(port, endpoint.Port);
        Assert.NotEqual(port, endpoint.TargetPort);
        using var client = await Client.OpenAsync(port, host.Cancel);
        var running = await host.StateAsync("echo", KnownResourceStates.Running);
        Assert.Equal(TestHost.Property(running.Snapshot, "pid"), await client.AskAsync("hello", host.Cancel));
    }

    [Fact]
    public async Task An_unproxied_endpoint_has_one_port_for_both_sides()
    {
        await using var host = new TestHost();
        var port = TestHost.FreePort();
        var endpoint = host.Echo("echo").WithEndpoint(port: port, name: "tcp", env: "PORT", isProxied: false).GetEndpoint("tcp");
        await host.StartAsync();
        Assert.Equal((port, port), (endpoint.Port, endpoint.TargetPort));
        await host.UntilAsync("the program itself listens on the port", () => Client.CanConnect(port));
    }

    [Fact]
    public async Task A_caller_that_comes_while_the_program_restarts_is_held_and_answered_by_the_next_process()
    {
        await using var host = new TestHost();
        var endpoint = host.Echo("echo").WithEndpoint(name: "tcp", env: "PORT").GetEndpoint("tcp");
        await host.StartAsync();
        using var before = await Client.OpenAsync(endpoint.Port, host.Cancel);
        var first = await before.AskAsync("one", host.Cancel);

        Assert.True((await host.CommandAsync("echo", "stop")).Success);
        Assert.Null(await before.AskAsync("two", host.Cancel)); // Its connection has ended with the process.
        using var held = await Client.OpenAsync(endpoint.Port, host.Cancel);
        var answer = held.AskAsync("three", host.Cancel);
        Assert.False(answer.IsCompleted);
        Assert.True((await host.CommandAsync("echo", "start")).Success);
        var second = await answer;
        Assert.NotNull(second);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task A_caller_of_a_program_that_does_not_come_is_let_go_after_the_limit()
    {
        await using var host = new TestHost();
        var endpoint = host.Shell("deaf", "exec sleep 60").WithEndpoint(name: "tcp", env: "PORT").GetEndpoint("tcp");
        await host.StartAsync();
        using var client = await Client.OpenAsync(endpoint.Port, host.Cancel);
        Assert.Null(await client.AskAsync("anyone?", host.Cancel));
    }

    [Fact]
    public async Task Stopping_the_host_closes_the_port_and_the_connections()
    {
        int port;
        Client client;
        await using (var host = new TestHost())
        {
            var endpoint = host.Echo("echo").WithEndpoint(name: "tcp", env: "PORT").GetEndpoint("tcp");
            await host.StartAsync();
            client = await Client.OpenAsync(port = endpoint.Port, host.Cancel);
            Assert.NotNull(await client.AskAsync("hello", host.Cancel));
        }

        using (client)
            Assert.Null(await client.AskAsync("still there?", TestContext.Current.CancellationToken));
        Assert.False(Client.CanConnect(port));
    }

    [Fact]
    public async Task Replicas_have_ids_logs_and_ports_of_their_own_and_share_the_endpoint()
    {
        await using var host = new TestHost();
        var endpoint = host.Echo("echo").WithReplicas(3).WithEndpoint(name: "tcp", env: "PORT").GetEndpoint("tcp");
        await host.StartAsync();
        var pids = new HashSet<string?>();
        var ports = new HashSet<string>();
        foreach (var id in (string[])["echo-1", "echo-2", "echo-3"])
        {
            pids.Add(TestHost.Property((await host.StateAsync(id, KnownResourceStates.Running)).Snapshot, "pid"));
            var file = Path.Combine(host.Folder, "logs", id + ".log");
            await host.UntilAsync($"{id} listens", () => File.Exists(file) && File.ReadAllText(file).Contains("listening", StringComparison.Ordinal));
            ports.Add(await File.ReadAllTextAsync(file, host.Cancel));
        }

        Assert.Equal((3, 3), (pids.Count, ports.Count));
        var answered = new HashSet<string?>();
        for (var i = 0; i < 6; i++)
        {
            using var client = await Client.OpenAsync(endpoint.Port, host.Cancel);
            answered.Add(await client.AskAsync("who?", host.Cancel));
        }

        Assert.Equal(pids, answered);
    }

    [Fact]
    public async Task One_replica_is_stopped_by_its_id_and_the_others_go_on_and_take_its_connections()
    {
        await using var host = new TestHost();
        var endpoint = host.Echo("echo").WithReplicas(2).WithEndpoint(name: "tcp", env: "PORT").GetEndpoint("tcp");
        await host.StartAsync();
        var second = TestHost.Property((await host.StateAsync("echo-2", KnownResourceStates.Running)).Snapshot, "pid");
        await host.StateAsync("echo-1", KnownResourceStates.Running);
        Assert.True((await host.CommandAsync("echo-1", "stop")).Success);
        Assert.Equal(KnownResourceStates.Finished, host.StateOf("echo-1"));
        Assert.Equal(KnownResourceStates.Running, host.StateOf("echo-2"));
        for (var i = 0; i < 3; i++)
        {
            using var client = await Client.OpenAsync(endpoint.Port, host.Cancel);
            Assert.Equal(second, await client.AskAsync("who?", host.Cancel));
        }

        // By the resource's name: every one of them.
        Assert.True((await host.CommandAsync("echo", "stop")).Success);
        Assert.Equal(KnownResourceStates.Finished, host.StateOf("echo-2"));
        Assert.True((await host.CommandAsync("echo", "start")).Success);
        await host.StateAsync("echo-1", KnownResourceStates.Running);
        await host.StateAsync("echo-2", KnownResourceStates.Running);
    }

    [Fact]
    public async Task What_waits_for_a_resource_with_replicas_waits_for_every_one_of_them()
    {
        await using var host = new TestHost();
        host.Project("job", "#!/bin/sh\nmkdir \"$ROOM/first\" 2>/dev/null && exit 0\nwhile [ ! -e \"$ROOM/go\" ]; do sleep 0.05; done\n")
            .WithReplicas(2).WithEnvironment("ROOM", host.Folder);
        host.Shell("after", "true").WaitForCompletion(host.Builder.CreateResourceBuilder(host.Builder.Resources[0]));
        await host.StartAsync();
        await host.States.WaitForResourceAsync("job", e => e.Snapshot.State?.Text == KnownResourceStates.Finished, host.Cancel);
        Assert.Equal(KnownResourceStates.Waiting, host.StateOf("after"));
        await File.WriteAllTextAsync(Path.Combine(host.Folder, "go"), "", host.Cancel);
        Assert.Equal(KnownResourceStates.Finished, (await host.EndAsync("after")).Snapshot.State?.Text);
    }

    [Theory]
    [InlineData("same port", "cannot listen on the program's own port")]
    [InlineData("replicas without proxy", "Leave isProxied: false out")]
    [InlineData("replicas with one target", "Leave targetPort out")]
    [InlineData("replica's name taken", "rename one of the two")]
    public async Task Endpoints_and_replicas_that_cannot_be_are_refused_with_the_mend(string what, string mend)
    {
        await using var host = new TestHost();
        var port = TestHost.FreePort();
        var project = host.Project("one", "#!/bin/sh\nexec sleep 60\n");
        _ = what switch
        {
            "same port" => project.WithEndpoint(port: port, targetPort: port),
            "replicas without proxy" => project.WithReplicas(2).WithEndpoint(isProxied: false),
            "replicas with one target" => project.WithReplicas(2).WithEndpoint(targetPort: port),
            _ => project.WithReplicas(2),
        };
        if (what == "replica's name taken")
            host.Shell("one-2", "true");
        var e = await Assert.ThrowsAsync<DistributedApplicationException>(host.StartAsync);
        Assert.Contains(mend, e.Message, StringComparison.Ordinal);
        Assert.Contains("'one'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_its_holder_before_anything_starts()
    {
        await using var host = new TestHost();
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        host.Shell("one", "exec sleep 60");
        host.Shell("two", "exec sleep 60").WithEndpoint(port: port);
        var e = await Assert.ThrowsAsync<DistributedApplicationException>(host.StartAsync);
        Assert.Contains($"Port {port}, which 'two' needs, is taken by process {Environment.ProcessId} ", e.Message, StringComparison.Ordinal);
        Assert.Null(host.StateOf("one"));
    }
}
