using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Viewer.Api;

/// <summary>Datasources and dashboards that set-up gave, in one small file of the data folder. Secrets are not kept.</summary>
internal sealed class GrafanaState
{
    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly JsonObject _root;

    public GrafanaState(IntegrationConfig config)
    {
        _path = Path.Combine(config.System.DataDir, "viewer", "grafana.json");
        _root = Read(_path);
    }

    private static JsonObject Read(string path)
    {
        try
        {
            if (!File.Exists(path))
                return [];
            if (JsonNode.Parse(File.ReadAllText(path)) is JsonObject root && root.All(k => k.Value is JsonObject kind && kind.All(e => e.Value is JsonObject)))
                return root;
        }
        catch (JsonException)
        {
            // As what is no object.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{path} cannot be read ({e.Message}): the viewer starts without what set-up gave it before.");
            return [];
        }

        // Set-up writes all of it again; the broken file stays for whoever wants to look.
        File.Move(path, path + ".broken", overwrite: true);
        return [];
    }

    /// <summary>Copies of a kind's entries, by uid.</summary>
    public IReadOnlyList<JsonObject> All(string kind)
    {
        lock (_lock)
            return [.. Kind(kind).Select(e => e.Value!.DeepClone().AsObject())];
    }

    /// <summary>A copy of one entry.</summary>
    public JsonObject? Get(string kind, string uid)
    {
        lock (_lock)
            return Kind(kind)[uid]?.DeepClone().AsObject();
    }

    /// <summary>Keeps an entry, gives it an id and counts its version up.</summary>
    public JsonObject Put(string kind, string uid, JsonObject entry)
    {
        lock (_lock)
        {
            var entries = Kind(kind);
            var old = entries[uid];
            entry["id"] = old?["id"]?.GetValue<int>() ?? entries.Select(e => e.Value!["id"]!.GetValue<int>()).DefaultIfEmpty(0).Max() + 1;
            entry["version"] = (old?["version"]?.GetValue<int>() ?? 0) + 1;
            entries[uid] = entry.DeepClone();
            Write();
            return entry;
        }
    }

    /// <summary>Forgets an entry; false when there is none.</summary>
    public bool Remove(string kind, string uid)
    {
        lock (_lock)
        {
            if (!Kind(kind).Remove(uid))
                return false;
            Write();
            return true;
        }
    }

    private void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllText(_path + ".tmp", _root.ToJsonString());
        File.Move(_path + ".tmp", _path, overwrite: true);
    }

    private JsonObject Kind(string kind) => (_root[kind] ??= new JsonObject()).AsObject();
}
