using System.Buffers.Binary;
using System.Text;
using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Tests.Checkpoints;

public sealed class SafetensorsLayoutTests
{
    [Fact]
    public void Of_VectorA_IsTheReferenceHeader()
    {
        var layout = Lora(TensorType.F16);

        const string Expected =
            """{"__metadata__":{"ss_network_dim":"16"},"lora_unet_x.alpha":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"lora_unet_x.lora_down.weight":{"dtype":"F16","shape":[2,3],"data_offsets":[2,14]},"lora_unet_x.lora_up.weight":{"dtype":"F16","shape":[3,2],"data_offsets":[14,26]}}       """;
        Assert.Equal(Expected, Json(layout));
        Assert.Equal(280, BinaryPrimitives.ReadInt64LittleEndian(layout.Header));
        Assert.Equal(314, layout.FileLength);
    }

    [Fact]
    public void Of_VectorB_PutsTheWiderTypeFirst()
    {
        var layout = Lora(TensorType.I64);

        Assert.Equal([(0, 8), (8, 20), (20, 32)], layout.Entries.Select(entry => (entry.Begin, entry.End)));
        Assert.Equal(273, Json(layout).TrimEnd().Length);
        Assert.Equal(320, layout.FileLength);
    }

    [Theory]
    [InlineData(8, 110_080, 9_437_712, 9_547_800)]
    [InlineData(32, 111_904, 37_749_264, 37_861_176)]
    [InlineData(128, 113_352, 150_995_472, 151_108_832)]
    public void Of_StableDiffusion15LoraOfARank_HasTheReferenceSizes(long rank, long header, long data, long file)
    {
        var layout = SafetensorsLayout.Of(LoraOf(rank), metadata: null);

        Assert.Equal(792, layout.Entries.Count);
        Assert.Equal(header, layout.Header.Length - 8);
        Assert.Equal(data, layout.DataLength);
        Assert.Equal(file, layout.FileLength);
    }

    [Fact]
    public void Of_EveryType_SortsByTheReferenceOrderDescending()
    {
        var types = Enum.GetValues<TensorType>();
        var layout = SafetensorsLayout.Of(types.Select(type => (type.FormatName(), type, (IReadOnlyList<long>)[8L])), null);

        Assert.Equal(
            ["U64", "I64", "F64", "C64", "F32", "U32", "I32", "BF16", "F16", "U16", "I16", "F8_E5M2FNUZ", "F8_E4M3FNUZ", "F8_E8M0", "F8_E4M3", "F8_E5M2", "I8", "U8", "F6_E3M2", "F6_E2M3", "F4", "BOOL"],
            layout.Entries.Select(entry => entry.Name));
    }

    [Fact]
    public void Of_Names_SortsByTheirBytesAndNotByTheirCharacters()
    {
        // U+FF5E comes before U+1F600 in UTF-8 and after its surrogates in UTF-16
        var layout = SafetensorsLayout.Of(new[] { "\U0001F600", "\uFF5E", "b", "B", "a.b", "a", "é" }.Select(name => (name, TensorType.U8, (IReadOnlyList<long>)[])), null);
        Assert.Equal(["B", "a", "a.b", "b", "é", "\uFF5E", "\U0001F600"], layout.Entries.Select(entry => entry.Name));
    }

    [Theory]
    [InlineData("plain /+<&'>=", "plain /+<&'>=")]
    [InlineData("ü 猫 \U0001F600 \u007f \u2028", "ü 猫 \U0001F600 \u007f \u2028")]
    [InlineData("\"\\", "\\\"\\\\")]
    [InlineData("\b\f\n\r\t", "\\b\\f\\n\\r\\t")]
    [InlineData("\0\u0001\u000b\u001f", "\\u0000\\u0001\\u000b\\u001f")]
    public void Of_Text_IsEscapedAsTheReferenceEscapesIt(string text, string escaped)
    {
        var json = Json(SafetensorsLayout.Of([(text, TensorType.U8, [0])], new Dictionary<string, string> { ["k"] = text }));
        Assert.StartsWith($$$"""{"__metadata__":{"k":"{{{escaped}}}"},"{{{escaped}}}":{""", json);
    }

    [Fact]
    public void Of_AnyText_IsReadBackByTheReader()
    {
        var text = string.Concat(Enumerable.Range(0, 0xd800).Select(c => (char)c)) + "\U0001F600";
        var layout = SafetensorsLayout.Of([(text, TensorType.U8, [0])], new Dictionary<string, string> { [text] = text });

        var header = SafetensorsHeader.Parse(layout.Header.AsSpan(8), 0, "memory");

        Assert.Equal(text, header.Tensors.Keys.Single());
        Assert.Equal(text, header.Metadata[text]);
    }

    [Fact]
    public void Of_Metadata_IsSortedAndKeptApartFromNone()
    {
        Assert.StartsWith("""{"__metadata__":{"a":"1","b":"2","c":"3"}}""", Json(SafetensorsLayout.Of([], new Dictionary<string, string> { ["c"] = "3", ["a"] = "1", ["b"] = "2" })));
        Assert.StartsWith("""{"__metadata__":{}}""", Json(SafetensorsLayout.Of([], new Dictionary<string, string>())));
        Assert.Equal("{}      ", Json(SafetensorsLayout.Of([], null)));
    }

    [Fact]
    public void Of_AnyHeaderLength_StartsTheDataAtAMultipleOfEight()
    {
        for (var length = 1; length < 20; length++)
            Assert.Equal(0, SafetensorsLayout.Of([(new string('x', length), TensorType.F32, [])], null).Header.Length % 8);
    }

    [Fact]
    public void Of_WhatTheFormatCannotHold_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => SafetensorsLayout.Of([("__metadata__", TensorType.U8, [1])], null));
        Assert.Throws<ArgumentException>(() => SafetensorsLayout.Of([("a", TensorType.F4, [3])], null));
        Assert.ThrowsAny<ArgumentException>(() => SafetensorsLayout.Of([("\ud800", TensorType.U8, [1])], null));
        Assert.Throws<ArgumentException>(() => SafetensorsLayout.Of([], new Dictionary<string, string> { ["k"] = new('x', 100_000_001) }));
    }

    /// <summary>The names and shapes of a rank-r LoRA over the default layers of SD 1.5.</summary>
    public static IEnumerable<(string, TensorType, IReadOnlyList<long>)> LoraOf(long rank)
    {
        var names = KohyaNames.Of(KohyaNames.ModulesOf(StableDiffusion15.UNet.Select(row => row.Name)), KohyaNames.ModulesOf(StableDiffusion15.TextEncoder.Select(row => row.Name)));
        foreach (var (module, shape) in DefaultTargets.Of(StableDiffusion15.UNet, StableDiffusion15.TextEncoder))
        {
            var stem = names.Stem(module);
            var kernel = shape[2..].Select(_ => 1L).ToArray();
            yield return ($"{stem}.alpha", TensorType.F16, []);
            yield return ($"{stem}.lora_down.weight", TensorType.F16, [rank, shape[1], .. kernel]);
            yield return ($"{stem}.lora_up.weight", TensorType.F16, [shape[0], rank, .. kernel]);
        }
    }

    private static SafetensorsLayout Lora(TensorType alpha) => SafetensorsLayout.Of(
        [("lora_unet_x.lora_up.weight", TensorType.F16, [3, 2]), ("lora_unet_x.alpha", alpha, []), ("lora_unet_x.lora_down.weight", TensorType.F16, [2, 3])],
        new Dictionary<string, string> { ["ss_network_dim"] = "16" });

    private static string Json(SafetensorsLayout layout) => Encoding.UTF8.GetString(layout.Header.AsSpan(8));
}
