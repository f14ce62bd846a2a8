using System.Text.Json.Nodes;
using Nbpy.AppHost.Tests.Kubernetes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests;

/// <summary>The host's command line, with the words that Aspire's own sends, and its errors: a message each, with the mend, and the right exit code.</summary>
public sealed class HostOptionsTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly string Host = Published.Program("Nbpy.AppHost", "Nbpy.AppHost");
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-options-").FullName;

    [Fact]
    public void The_arguments_are_kept_for_a_restart_without_the_configuration()
    {
        var (options, _, code) = HostOptions.Load(["--config", Config(), "--source", "replay", "--influx", "embedded"]);
        Assert.Equal(0, code);
        Assert.Equal(["--source", "replay", "--influx", "embedded"], options!.Arguments);
        Assert.Equal(SourceKind.Replay, options.Source);
    }

    [Fact]
    public void Aspires_words_are_taken_and_passed_on_and_its_default_folder_is_beside_the_project()
    {
        var (options, _, code) = HostOptions.Load(["--operation", "publish", "--step", "publish", "--log-level", "Debug", "--environment", "Staging", "--include-exception-details", "true", "--config", Config()]);
        Assert.Equal(0, code);
        Assert.True(options!.ExceptionDetails);
        Assert.Equal("aspire-output", Path.GetFileName(options.OutputPath));
        Assert.Equal(["--operation", "publish", "--step", "publish", "--output-path", options.OutputPath!, "--log-level", "Debug", "--environment", "Staging"], options.BuilderArguments);

        var project = Path.Combine(folder, "Nbpy.AppHost");
        var program = Directory.CreateDirectory(Path.Combine(project, "bin", "Debug", "net10.0")).FullName;
        File.WriteAllText(Path.Combine(project, "Nbpy.AppHost.csproj"), "<Project/>");
        Assert.Equal(project, HostCommandLine.ProjectFolder(program));
    }

    [Fact]
    public async Task Aspires_arguments_publish()
    {
        var output = Path.Combine(folder, "out");
        await Shell.MustAsync(
            folder, Limit, Host, "--operation", "publish", "--step", "publish", "--output-path", output, "--log-level", "Information", "--environment", "Production",
            "--include-exception-details", "true", "--config", Config());
        Assert.True(File.Exists(Path.Combine(output, "docker-compose.yaml")));
    }

    [Fact]
    public async Task Without_a_folder_publish_writes_where_the_configuration_says()
    {
        await Shell.MustAsync(folder, Limit, Host, "publish", "--config", Config(c => c["docker"]!["compose_file"] = "here/docker-compose.yaml"));
        Assert.True(File.Exists(Path.Combine(folder, "here", "docker-compose.yaml")));
    }

    [Theory]
    [InlineData(2, "no step 'deploy'", "--operation", "publish", "--step", "deploy")]
    [InlineData(2, "cannot be read", "--config", "/nowhere/integration_config.json")]
    [InlineData(2, "--sauce", "--sauce", "replay")]
    public async Task A_wrong_argument_is_one_message_and_exit_code_2(int expected, string said, params string[] args)
    {
        var (code, output) = await Shell.RunAsync(folder, Limit, Host, args.Contains("--config") ? args : [.. args, "--config", Config()]);
        Assert.Equal(expected, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        AssertNoStackTrace(output);
    }

    [Fact]
    public async Task An_empty_name_of_the_configuration_is_none()
    {
        var (code, output) = await Shell.RunAsync(folder, Limit, Host, "--config", "", "--operation", "publish", "--output-path", Path.Combine(folder, "out"));
        Assert.True(code == 0, output); // The project's own, found upwards from the program.
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_and_a_socket_folder_too_long_are_messages_with_the_setting_to_change()
    {
        File.WriteAllText(Path.Combine(folder, "file"), "");
        var (code, output) = await Shell.RunAsync(folder, Limit, Host, "--config", Config(c =>
        {
            c["system"]!["log_dir"] = Path.Combine(folder, "file", "logs");
            c["system"]!["data_dir"] = Path.Combine(folder, "file", "data");
        }));
        Assert.Equal(1, code);
        Assert.Contains("system.log_dir", output, StringComparison.Ordinal);
        Assert.Contains("system.data_dir", output, StringComparison.Ordinal);
        AssertNoStackTrace(output);

        (code, output) = await Shell.RunAsync(folder, Limit, Host, "--config", Config(c => c["system"]!["socket_dir"] = Path.Combine(folder, new string('x', 120))), "--influx", "embedded", "--grafana", "viewer");
        Assert.Equal(2, code);
        Assert.Contains("$.system.socket_dir", output, StringComparison.Ordinal);
        AssertNoStackTrace(output);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void AssertNoStackTrace(string output) => Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);

    private string Config(Action<JsonNode>? change = null)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Shell.Root, "integration_config.json")))!;
        config["system"]!["socket_dir"] = Path.Combine(folder, "run");
        change?.Invoke(config);
        var path = Path.Combine(folder, "integration_config.json");
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }
}
