using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.Tests;

/// <summary>What a started process is told, read back from the process itself.</summary>
public sealed class ValueTests
{
    [Fact]
    public async Task References_expressions_parameters_and_callbacks_reach_the_environment_of_the_process()
    {
        await using var host = new TestHost("--Parameters:given=from-configuration", "--Parameters:overridden=wins");
        var port = TestHost.FreePort();
        var store = host.Shell("store", "exec sleep 60").WithHttpEndpoint(port: port, name: "api", env: "OWN");
        var given = host.Builder.AddParameter("given");
        var coded = host.Builder.AddParameter("coded", "from-code", secret: true);
        var overridden = host.Builder.AddParameter("overridden", "loses");
        var api = store.GetEndpoint("api");
        host.Shell("reader", "env | grep ^T_ | sort; env | grep ^services__ | sort")
            .WithEnvironment("T_TEXT", "a b=c").WithEnvironment("T_NULL", (string?)null).WithEnvironment("T_FUNC", () => "called")
            .WithEnvironment("T_URL", api).WithEnvironment("T_PARAM", given).WithEnvironment("T_SECRET", coded).WithEnvironment("T_OVER", overridden)
            .WithEnvironment("T_EXPR", ReferenceExpression.Create($"{api.Property(EndpointProperty.Scheme)}|{api.Property(EndpointProperty.Host)}|{api.Property(EndpointProperty.Port)}|{api.Property(EndpointProperty.HostAndPort)}|{api.Property(EndpointProperty.IPV4Host)}|{coded}"))
            .WithEnvironment(c => c.EnvironmentVariables["T_CALLBACK"] = $"{c.Resource.Name} {c.ExecutionContext.IsRunMode}")
            .WithEnvironment(async c =>
            {
                await Task.Yield();
                c.EnvironmentVariables["T_LATER"] = c.EnvironmentVariables["T_TEXT"];
            })
            .WithReference(api).WithReference(store);
        Assert.Equal(
            $"""
            T_CALLBACK=reader True
            T_EXPR=http|localhost|{port}|localhost:{port}|127.0.0.1|from-code
            T_FUNC=called
            T_LATER=a b=c
            T_NULL=
            T_OVER=wins
            T_PARAM=from-configuration
            T_SECRET=from-code
            T_TEXT=a b=c
            T_URL=http://localhost:{port}
            services__store__api__0=http://localhost:{port}
            """,
            await host.RunAsync("reader"));
    }

    [Fact]
    public async Task Arguments_are_passed_as_they_are_in_order_with_values_resolved()
    {
        await using var host = new TestHost();
        var port = TestHost.FreePort();
        var store = host.Shell("store", "exec sleep 60").WithEndpoint(port: port, name: "tcp");
        host.Builder.AddExecutable("reader", "/bin/sh", host.Folder, "-c", "for a in \"$@\"; do echo \"[$a]\"; done", "sh")
            .WithArgs("two words", "$HOME", "").WithArgs(store.GetEndpoint("tcp"), 7)
            .WithArgs(c => c.Args.Add("callback")).WithArgs(c =>
            {
                c.Args.RemoveAt(c.Args.Count - 1);
                c.Args.Add("replaced");
                return Task.CompletedTask;
            });
        Assert.Equal($"[two words]\n[$HOME]\n[]\n[tcp://localhost:{port}]\n[7]\n[replaced]", await host.RunAsync("reader"));
    }

    [Fact]
    public async Task A_parameter_without_a_value_fails_the_start_of_who_wants_it_and_names_the_mend()
    {
        await using var host = new TestHost();
        host.Shell("reader", "true").WithEnvironment("X", host.Builder.AddParameter("missing"));
        host.Shell("other", "true");
        await host.StartAsync();
        var failed = await host.StateAsync("reader", KnownResourceStates.FailedToStart);
        Assert.Contains("Parameters__missing", TestHost.Property(failed.Snapshot, "error"), StringComparison.Ordinal);
        await host.StateAsync("other", KnownResourceStates.Finished);
    }

    [Theory]
    [InlineData("/does/not/exist", "'/does/not/exist'")]
    [InlineData("no-such-program-of-nbpy", "no-such-program-of-nbpy")]
    public async Task A_program_that_is_not_there_is_named(string command, string named)
    {
        await using var host = new TestHost();
        host.Builder.AddExecutable("absent", command, host.Folder);
        await host.StartAsync();
        var ended = await host.EndAsync("absent");
        var said = TestHost.Property(ended.Snapshot, "error") + await host.LogAsync("absent");
        Assert.Contains(named.Trim('\''), said, StringComparison.Ordinal);
        Assert.True(ended.Snapshot.State?.Text == KnownResourceStates.FailedToStart || ended.Snapshot.ExitCode > 0);
    }

    [Fact]
    public async Task A_project_that_is_not_built_says_how_to_build_it()
    {
        await using var host = new TestHost();
        await File.WriteAllTextAsync(Path.Combine(host.Folder, "Unbuilt.csproj"), "<Project/>", host.Cancel);
        host.Builder.AddProject("unbuilt", "Unbuilt.csproj");
        host.Builder.AddProject("nowhere", "Nowhere.csproj");
        await host.StartAsync();
        Assert.Contains("dotnet build", TestHost.Property((await host.EndAsync("unbuilt")).Snapshot, "error"), StringComparison.Ordinal);
        Assert.Contains("There is no project file", TestHost.Property((await host.EndAsync("nowhere")).Snapshot, "error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_web_project_behind_a_proxy_is_told_where_to_listen_unless_a_variable_of_its_own_tells_it()
    {
        await using var host = new TestHost();
        var web = host.Project("web", "#!/bin/sh\necho \"$ASPNETCORE_URLS\"\n").WithHttpEndpoint(name: "http");
        host.Project("told", "#!/bin/sh\necho \"[$ASPNETCORE_URLS] $PORT\"\n").WithHttpEndpoint(name: "http", env: "PORT");
        Assert.Equal($"http://localhost:{await PortAsync()}", await host.LogAsync("web"));
        await host.EndAsync("told");
        Assert.Matches(@"^\[\] [1-9][0-9]+$", await host.LogAsync("told"));

        async Task<int?> PortAsync()
        {
            await host.RunAsync("web");
            return web.GetEndpoint("http").TargetPort;
        }
    }

    [Fact]
    public async Task A_container_is_told_addresses_as_seen_from_inside()
    {
        await using var host = new TestHost();
        var box = host.Builder.AddContainer("box", "image").WithHttpEndpoint(port: 12345, targetPort: 80);
        var program = host.Shell("program", "true").WithHttpEndpoint(port: 23456);
        foreach (var resource in (IResource[])[box.Resource, program.Resource])
            Internal.Endpoints.EndpointAllocation.Allocate(resource);
        var other = host.Builder.AddContainer("other", "image").WithEnvironment("BOX", box.GetEndpoint("http")).WithEnvironment("PROGRAM", program.GetEndpoint("http"));
        var values = await LaunchValues.OfAsync(other.Resource, host.Builder.ExecutionContext, host.Cancel);
        Assert.Equal("http://box:80", values.Variables["BOX"]);
        Assert.Equal("http://host.docker.internal:23456", values.Variables["PROGRAM"]);
        Assert.Equal("http://localhost:12345", await box.GetEndpoint("http").GetValueAsync(host.Cancel));
    }

    [Fact]
    public void The_environment_is_production_unless_it_is_named()
    {
        Assert.Equal("Production", DistributedApplication.CreateBuilder([]).Environment.EnvironmentName);
        Assert.Equal("Staging", DistributedApplication.CreateBuilder(["--environment=Staging"]).Environment.EnvironmentName);
    }
}
