using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Publishing;

/// <summary>The configuration as it is published: without its secrets, and with the files that publishers' options name beside it. Nothing
/// else is taken out.</summary>
internal static class PublishedConfiguration
{
    /// <summary>Beside the Compose file: recordings and certificates that options name.</summary>
    public const string FilesFolder = "files";

    private static readonly string[] SecretWords = ["password", "secret", "token", "api_key", "app_key"];
    private static readonly string[] FileOptions = ["file", "replay_file", "ca_file"];
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Mounts the files that a publisher's options name.</summary>
    public static IResourceBuilder<ProjectResource> PublishWithFiles(this IResourceBuilder<ProjectResource> resource, PublisherConfig publisher) =>
        !publisher.Options.Any(o => FileOptions.Contains(o.Key) && o.Value.Length > 0) ? resource : resource.PublishAsDockerComposeService((_, service) =>
            service.AddVolume(new Volume { Name = $"./{FilesFolder}", Type = "bind", Source = $"./{FilesFolder}", Target = ContainerPaths.Files, ReadOnly = true }));

    /// <summary>Writes <c>config/integration_config.json</c> and <c>files/</c>.</summary>
    /// <exception cref="DistributedApplicationException">A file that an option names is not there.</exception>
    /// <exception cref="IOException">Something cannot be written.</exception>
    public static void Write(IntegrationConfig config, string folder)
    {
        var root = JsonNode.Parse(File.ReadAllText(config.Path), documentOptions: Lenient)!.AsObject();
        root.Remove("$schema");
        (root["system"] as JsonObject)?.Remove("curve_keys"); // A folder of this machine; NBPY_CURVE_KEYS names the container's.
        foreach (var key in (string[])["password", "admin_password", "reader_password"])
            (root["influxdb"] as JsonObject)?.Remove(key);
        foreach (var part in (root["docker"] as JsonObject)?["services"] as JsonObject ?? [])
            (part.Value as JsonObject)?.Remove("admin_password");
        foreach (var publisher in (root["publishers"] as JsonArray ?? []).OfType<JsonObject>())
            if (publisher["options"] is JsonObject options)
                Publish(options, publisher["name"]!.GetValue<string>(), config, folder);

        var configFolder = Path.Combine(folder, "config");
        Directory.CreateDirectory(configFolder);
        File.WriteAllText(Path.Combine(configFolder, "integration_config.json"), root.ToJsonString(Indented) + "\n");
    }

    private static void Publish(JsonObject options, string publisher, IntegrationConfig config, string folder)
    {
        foreach (var (key, value) in options.ToList())
        {
            if (FileOptions.Contains(key) && value is JsonValue text && text.TryGetValue<string>(out var file) && file.Length > 0)
                options[key] = Copy(file, $"{publisher}-{key}-{Path.GetFileName(file)}", $"options.{key} of '{publisher}'", config, folder);
            else if (value is JsonValue && !key.EndsWith(KnownClasses.NameOption, StringComparison.Ordinal) && SecretWords.Any(w => key.Contains(w, StringComparison.OrdinalIgnoreCase)))
            {
                options.Remove(key);
                Console.WriteLine($"Note: options.{key} of '{publisher}' is left out of the published configuration: it looks like a secret. Name a variable in options.{key}{KnownClasses.NameOption}, and set that in .env.");
            }
        }
    }

    /// <returns>Where the file is in a container.</returns>
    private static string Copy(string file, string name, string option, IntegrationConfig config, string folder)
    {
        var source = ((string[])[Path.GetFullPath(file, Path.GetDirectoryName(config.Path)!), Path.GetFullPath(file)]).FirstOrDefault(File.Exists)
            ?? throw new DistributedApplicationException($"{option} is '{file}', and no such file is here to be published; mend the option, or take it out.");
        var target = Path.Combine(folder, FilesFolder);
        Directory.CreateDirectory(target);
        var copy = Path.Combine(target, name);
        File.Copy(source, copy, overwrite: true);
        if (!OperatingSystem.IsWindows())
        {
            // A container's user is another one.
            File.SetUnixFileMode(target, (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode(copy, (UnixFileMode)0b110_100_100);
        }

        return $"{ContainerPaths.Files}/{name}";
    }
}
