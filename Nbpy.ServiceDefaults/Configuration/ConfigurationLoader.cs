using System.Collections;
using System.Text.Json;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>Reads, checks and completes the configuration file.</summary>
public static class ConfigurationLoader
{
    private const string FileName = "integration_config.json";
    private const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>Loads the whole file once.</summary>
    /// <param name="path">The file; null takes <c>CONFIG_PATH</c>, or the nearest <c>integration_config.json</c> upwards from the
    /// current folder and then from the program's.</param>
    /// <param name="environment">The overrides; null takes the process's environment, to which
    /// variables of the user secrets are added where it has none of that name.</param>
    /// <exception cref="ConfigurationException">Anything is wrong: every problem at once.</exception>
    public static IntegrationConfig Load(string? path, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var errors = new List<ConfigurationError>();
        if (environment is null)
            UserSecrets.Apply(UserSecrets.FilePath(Environment.GetEnvironmentVariable), Environment.GetEnvironmentVariable, Environment.SetEnvironmentVariable, errors);
        environment ??= Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value);
        path = System.IO.Path.GetFullPath(NotEmpty(path) ?? NotEmpty(environment.GetValueOrDefault("CONFIG_PATH")) ?? FindFile());
        var root = ReadFile(path, errors);
        var config = new ConfigurationReader(root, path, errors).Read();
        config = EnvironmentOverrides.Apply(config, root, environment, errors);
        new ConfigurationChecks(config, root, errors).Run();
        if (errors.Count == 0)
            config = EnvironmentOverrides.ApplyAddresses(Shards.Expand(config), environment, errors);
        return errors.Count == 0 ? config : throw new ConfigurationException(path, errors);
    }

    /// <summary>An empty name, as a line <c>CONFIG_PATH=</c> of an env file leaves one, is none.</summary>
    private static string? NotEmpty(string? path) => string.IsNullOrWhiteSpace(path) ? null : path;

    private static ConfigNode ReadFile(string path, List<ConfigurationError> errors)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes } large)
                throw Fatal(path, 0, $"The file has {large.Length} bytes; a configuration has at most {MaxBytes}.");
            var root = ConfigNode.Parse(File.ReadAllBytes(path), errors);
            return root.Type == JsonTokenType.StartObject ? root : throw Fatal(path, root.Line, "The file must hold one JSON object: { … }.");
        }
        catch (JsonException e)
        {
            throw Fatal(path, (int)(e.LineNumber ?? 0) + 1, $"This is not JSON: {e.Message.Split(" LineNumber:")[0]}");
        }
        catch (InvalidOperationException)
        {
            throw Fatal(path, 1, "A string of the file is not valid UTF-8; save the file as UTF-8.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fatal(path, 0, $"The file cannot be read ({e.Message.TrimEnd('.')}); name one with --config or CONFIG_PATH.");
        }
    }

    private static ConfigurationException Fatal(string path, int line, string message) => new(path, [new ConfigurationError("$", line, message)]);

    private static string FindFile()
    {
        foreach (var start in (string[])[Environment.CurrentDirectory, AppContext.BaseDirectory])
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                if (File.Exists(System.IO.Path.Combine(folder.FullName, FileName)))
                    return System.IO.Path.Combine(folder.FullName, FileName);
        return FileName;
    }
}
