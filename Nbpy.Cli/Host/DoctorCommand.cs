using System.CommandLine;
using System.Text.Json;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy doctor</c>: what a start needs, checked one by one, each with the mend.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Checks what a start needs: configuration, SDK, app host, ports, disk, container runtime, store. Exit code 1: something stands in the way; 2: the configuration is wrong.")
        {
            Commands.ConfigPath, Commands.Json, AppHostProgram.Option,
        };
        command.SetAction((result, cancellationToken) => RunAsync(result, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var isWrong = false;
        try
        {
            var config = ConfigurationLoader.Load(result.GetValue(Commands.ConfigPath));
            findings.Add(new Finding("configuration", true, $"{config.Path}: {config.EnabledPublishers.Count()} publishers, {config.EnabledSubscribers.Count()} subscribers"));
            findings.AddRange(await new Doctor(config, result.GetValue(AppHostProgram.Option)).ExamineAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (ConfigurationException e)
        {
            // The rest needs a configuration.
            isWrong = true;
            findings.AddRange(e.Errors.OrderBy(x => x.Line).Select(x => new Finding("configuration", false, $"{e.Path}{(x.Line > 0 ? $":{x.Line}" : "")}  {x.JsonPath}  {x.Message}")));
        }

        if (result.GetValue(Commands.Json))
            Console.WriteLine(JsonSerializer.Serialize(findings, StatusCommand.Pretty));
        else
            foreach (var finding in findings)
                Console.WriteLine($"{(finding.Ok == true ? "✓" : finding.Ok == false ? "✗" : "·")} {finding.Text}");
        return isWrong ? 2 : findings.Exists(f => f.Ok == false) ? 1 : 0;
    }
}
