using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LoraBridge.Checkpoints;
using LoraBridge.Lora.Catalog;

namespace LoraBridge.Benchmarks;

/// <summary>A folder of thousands of adapters: read at first, read again from the index, looked at in place, asked for names.</summary>
internal static class CatalogBenchmark
{
    public static int Run(Arguments arguments)
    {
        var (files, runs) = (arguments.Number("files", 2000), arguments.Number("runs", 5));
        var folder = Directory.CreateTempSubdirectory("lorabridge-catalog-").FullName;
        try
        {
            var made = Time(() => MakeFiles(Path.Combine(folder, "Lora"), files));
            Console.WriteLine(Invariant($"{files} adapters of 792 tensors and {Metadata(0).Sum(pair => pair.Value.Length) / 1024.0:0} KB of metadata, made in {made:0.0} s"));
            Measure(folder, runs);
            Console.WriteLine($"in a new process: {OnceElsewhere(folder)}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    /// <summary>One start with a warm index, compiled from nothing: what a program's first catalogue costs.</summary>
    public static int RunOnce(Arguments arguments)
    {
        var time = Time(() => Open(arguments.First).Dispose());
        Console.WriteLine(Invariant($"index from the cache {time * 1e3:0.0} ms"));
        return 0;
    }

    private static void Measure(string folder, int runs)
    {
        Console.WriteLine(Invariant($"first index {Time(() => Open(folder).Dispose()):0.00} s, kept in {new FileInfo(Directory.GetFiles(Path.Combine(folder, "cache")).Single()).Length / 1024.0:0} KB"));
        Report("index from the cache", runs, () => Open(folder).Dispose());

        using var catalog = Open(folder);
        Report("refresh, nothing changed", runs, () => catalog.Refresh());
        var name = catalog.Entries[^1].Name;
        File.AppendAllText(Path.Combine(folder, "Lora", name + ".txt"), "note");
        Report("refresh, one text changed", runs, () =>
        {
            File.AppendAllText(Path.Combine(folder, "Lora", name + ".txt"), "more");
            catalog.Refresh();
        });
        Report("find a name, 1,000 times", runs, () =>
        {
            for (var i = 0; i < 1000; i++) catalog.Find(name);
        });
        Report("find a name that is not there", runs, () => catalog.Find("no such name"));
        Report("suggest for it", runs, () => catalog.Suggest("adaptor 1999"));
        Report("read the metadata of all", runs, () =>
        {
            foreach (var entry in catalog.Entries) entry.ReadMetadata();
        });
    }

    private static LoraCatalog Open(string folder) =>
        LoraCatalog.Open(new() { Folders = [Path.Combine(folder, "Lora")], CacheFolder = Path.Combine(folder, "cache"), Watch = false });

    private static void Report(string what, int runs, Action action)
    {
        var before = Environment.CpuUsage.TotalTime;
        var times = Enumerable.Range(0, runs).Select(_ => Time(action) * 1e3).ToList();
        var cpu = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / runs;   // what is left when others use the machine
        Console.WriteLine(Invariant($"{what}: median {UNetBenchmark.Median(times):0.00} ms, {times.Min():0.00} to {times.Max():0.00}; CPU {cpu:0.00} ms"));
    }

    private static string OnceElsewhere(string folder)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(CatalogBenchmark).Assembly.Location, "catalog-once", folder]) { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadToEnd().Trim();
    }

    private static void MakeFiles(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        var tensors = Tensors(rank: 1).ToList();
        Parallel.For(0, count, i =>
        {
            var layout = SafetensorsLayout.Of(tensors, Metadata(i));
            using var file = File.Create(Path.Combine(folder, $"adapter {i}.safetensors"));
            file.Write(layout.Header);
            file.SetLength(layout.FileLength);                                  // a hole: the numbers are never read
            if (i % 4 == 0) File.WriteAllText(Path.Combine(folder, $"adapter {i}.json"), $$"""{"description": "the adapter {{i}}", "activation text": "word{{i}}", "preferred weight": 0.8}""");
            if (i % 2 == 0) File.WriteAllText(Path.Combine(folder, $"adapter {i}.png"), "");
        });
    }

    // what a trainer of Stable Diffusion 1's default layers writes: 192 modules of the UNet and 72 of the text encoder
    private static IEnumerable<(string, TensorType, IReadOnlyList<long>)> Tensors(long rank)
    {
        string[] unet = ["proj_in", "proj_out", .. from part in new[] { "attn1_to_q", "attn1_to_k", "attn1_to_v", "attn1_to_out_0", "attn2_to_q", "attn2_to_k", "attn2_to_v", "attn2_to_out_0", "ff_net_0_proj", "ff_net_2" } select $"transformer_blocks_0_{part}"];
        string[] text = ["self_attn_q_proj", "self_attn_k_proj", "self_attn_v_proj", "self_attn_out_proj", "mlp_fc1", "mlp_fc2"];
        var blocks = from block in new[] { ("down", 3, 2), ("up", 3, 3), ("mid", 1, 1) } from i in Enumerable.Range(0, block.Item2) from j in Enumerable.Range(0, block.Item3) select $"{block.Item1}_blocks_{i}_attentions_{j}";
        var stems = (from block in blocks from layer in unet select $"lora_unet_{block}_{layer}")
            .Concat(from i in Enumerable.Range(0, 12) from layer in text select $"lora_te_text_model_encoder_layers_{i}_{layer}");
        foreach (var stem in stems)
        {
            yield return (stem + ".lora_down.weight", TensorType.F16, [rank, 768]);
            yield return (stem + ".lora_up.weight", TensorType.F16, [768, rank]);
            yield return (stem + ".alpha", TensorType.F16, []);
        }
    }

    private static Dictionary<string, string> Metadata(int i)
    {
        var tags = Enumerable.Range(0, 600).ToDictionary(tag => $"some tag of captions {i * 7 % 1000 + tag}", tag => 1 + tag * 37 % 100);
        var metadata = Enumerable.Range(0, 60).ToDictionary(key => $"ss_setting_number_{key}", key => $"value {key}");
        metadata["ss_output_name"] = $"alias {i}";
        metadata["ss_v2"] = "False";
        metadata["ss_base_model_version"] = "sd_v1";
        metadata["ss_tag_frequency"] = JsonSerializer.Serialize(new Dictionary<string, Dictionary<string, int>> { ["10_folder"] = tags });
        if (i % 3 > 0) metadata["sshs_model_hash"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes($"{i}")));
        return metadata;
    }

    private static double Time(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
