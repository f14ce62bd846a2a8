using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Publishing;

/// <summary>What lies beside a published Compose file: the configuration without its secrets, and passwords in <c>.env</c>.</summary>
internal static class PublishedFiles
{
    private static readonly string[] SecretWords = ["password", "secret", "token", "api_key", "app_key"];
    private static readonly string[] GeneratedPasswords = ["INFLUXDB_ADMIN_PASSWORD", "INFLUXDB_PASSWORD", "INFLUXDB_READER_PASSWORD", "GRAFANA_ADMIN_PASSWORD"];
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes them into <paramref name="folder"/> and says on the console what is there.</summary>
    public static void Write(IntegrationConfig config, string folder)
    {
        WriteConfiguration(config, folder);
        FillPasswords(Path.Combine(folder, ".env"));
        var keys = PublishedKeys.Write(config, folder);
        Console.WriteLine($"Published to {folder}:");
        Console.WriteLine("  docker-compose.yaml               the services");
        Console.WriteLine("  .env                              passwords, made up where there were none: keep it to yourself");
        Console.WriteLine("  config/integration_config.json    the configuration, without secrets");
        if (Directory.Exists(Path.Combine(folder, GrafanaFiles.Folder)))
            Console.WriteLine("  grafana/                          what Grafana reads at its start: datasource, dashboards, alert rules");
        Console.WriteLine($"  {BillOfMaterials.FileName}                     what it is made of (CycloneDX)");
        if (keys.Count > 0)
            Console.WriteLine("  secrets/                          the ZeroMQ sockets' keys: keep them to yourself");
        Console.WriteLine("Next: docker/build-images.sh, then docker compose up -d in that folder.");
    }

    /// <summary>The configuration without anything secret, as <c>config/integration_config.json</c>.</summary>
    public static void WriteConfiguration(IntegrationConfig config, string folder)
    {
        var configFolder = Path.Combine(folder, "config");
        Directory.CreateDirectory(configFolder);
        var json = JsonNode.Parse(File.ReadAllText(config.Path), documentOptions: Lenient)!;
        RemoveSecrets(json);
        if (json is JsonObject root)
        {
            root.Remove("$schema");
            (root["system"] as JsonObject)?.Remove("curve_keys"); // A folder of this machine; NBPY_CURVE_KEYS names the container's.
        }

        File.WriteAllText(Path.Combine(configFolder, "integration_config.json"), json.ToJsonString(Indented) + "\n");
    }

    /// <summary>A file of <c>NAME=value</c> lines that only its owner reads: what is there stays, a password that nobody chose is made up.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">The names it must have, and whether one may stay away.</param>
    public static void WritePasswords(string path, IReadOnlyDictionary<string, bool> names)
    {
        var lines = File.Exists(path) ? File.ReadAllLines(path).Where(l => l.Trim().Length > 0).ToList() : [];
        foreach (var (name, isOptional) in names)
        {
            if (lines.Any(l => l.TrimStart('#', ' ').StartsWith(name + "=", StringComparison.Ordinal)))
                continue;
            lines.Add(isOptional ? $"#{name}=" : GeneratedPasswords.Contains(name) ? $"{name}={NewPassword()}" : $"{name}=");
        }

        WriteForOwner(path, new UTF8Encoding(false).GetBytes(string.Join('\n', lines) + "\n"));
    }

    private static string NewPassword() => RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 32);

    private static void RemoveSecrets(JsonNode node)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array.OfType<JsonNode>())
                RemoveSecrets(item);
        }
        else if (node is JsonObject members)
        {
            foreach (var (key, value) in members.ToList())
            {
                if (SecretWords.Any(w => key.Contains(w, StringComparison.OrdinalIgnoreCase)))
                    members.Remove(key);
                else if (value is not null)
                    RemoveSecrets(value);
            }
        }
    }

    /// <summary>A password that nobody chose is made up; one that is there stays.</summary>
    private static void FillPasswords(string path)
    {
        var lines = File.Exists(path) ? File.ReadAllLines(path).ToList() : [];
        foreach (var name in GeneratedPasswords)
        {
            var line = lines.FindIndex(l => l.TrimStart().StartsWith(name + "=", StringComparison.Ordinal));
            if (line >= 0 && lines[line].Trim() == name + "=")
                lines[line] = $"{name}={NewPassword()}";
        }

        WriteForOwner(path, new UTF8Encoding(false).GetBytes(string.Join('\n', lines) + "\n"));
    }

    private static void WriteForOwner(string path, byte[] text)
    {
        if (!OperatingSystem.IsWindows())
        {
            // Only the owner reads it, from its first byte on.
            using var file = new FileStream(path + ".new", new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.Write(text);
            file.Close();
            File.Move(path + ".new", path, overwrite: true);
            return;
        }

        File.WriteAllBytes(path, text);
    }
}
