using LoraBridge.Lora.Formats;

namespace LoraBridge.Tests.Lora.Formats;

public sealed class AdapterShapesTests
{
    private static readonly long[] s_linear = [320, 768], s_convolution = [640, 320, 3, 3], s_norm = [320];

    [Fact]
    public void Of_PlainFactors_TellsRowsAndColumns()
    {
        Assert.Equal([48, 64], Of(s_linear, (TensorKind.Up, [48, 4]), (TensorKind.Down, [4, 64]))!);
        Assert.Equal([48, 64, 3, 3], Of(s_convolution, (TensorKind.Up, [48, 4, 1, 1]), (TensorKind.Down, [4, 64, 3, 3]))!);
        Assert.Equal([48, 64, 3, 3], Of(s_convolution, (TensorKind.Up, [48, 4]), (TensorKind.Down, [4, 576]))!);        // written as a matrix
        Assert.Equal([48, 64, 3, 3], Of(s_convolution, (TensorKind.Up, [48, 4, 1, 1]), (TensorKind.Mid, [4, 4, 3, 3]), (TensorKind.Down, [4, 64, 1, 1]))!);
    }

    [Fact]
    public void Of_Products_MultipliesWhatTheyConsistOf()
    {
        Assert.Equal([48, 64, 3, 3], Of(s_convolution, (TensorKind.HadaW1A, [48, 4]), (TensorKind.HadaW1B, [4, 576]))!);
        Assert.Equal([48, 64, 3, 3], Of(s_convolution, (TensorKind.HadaT1, [4, 4, 3, 3]), (TensorKind.HadaW1A, [4, 48]), (TensorKind.HadaW1B, [4, 64]))!);
        Assert.Equal([48, 64], Of(s_linear, (TensorKind.LokrW1, [4, 8]), (TensorKind.LokrW2A, [12, 2]), (TensorKind.LokrW2B, [2, 8]))!);
        Assert.Equal([48, 64, 3, 3], Of(s_convolution, (TensorKind.LokrW1, [4, 8]), (TensorKind.LokrW2, [12, 8, 3, 3]))!);
        Assert.Equal([48, 64, 3, 3], Of(s_convolution, (TensorKind.LokrW1, [4, 8]), (TensorKind.LokrT2, [2, 2, 3, 3]), (TensorKind.LokrW2A, [2, 12]), (TensorKind.LokrW2B, [2, 8]))!);
    }

    [Fact]
    public void Of_WholeDifferences_IsTheirs()
    {
        Assert.Equal([48, 64], Of(s_linear, (TensorKind.Difference, [48, 64]))!);
        Assert.Equal([48], Of(s_norm, (TensorKind.NormWeight, [48]), (TensorKind.NormBias, [48]))!);
        Assert.Equal([48], Of(s_norm, (TensorKind.DifferenceOfBias, [48]))!);
    }

    [Fact]
    public void Of_WhatTellsOneSideAlone_IsNothing()
    {
        Assert.Null(Of(s_linear, (TensorKind.Ia3, [48])));
        Assert.Null(Of(s_linear, (TensorKind.DifferenceOfBias, [48])));
        Assert.Null(Of(s_linear, (TensorKind.Up, [48, 4])));
        Assert.Null(Of(s_linear, (TensorKind.LokrW1, [4, 8])));
        Assert.Null(Of(s_linear, (TensorKind.OftBlocks, [4, 12, 12])));
        Assert.Null(Of(s_convolution, (TensorKind.Difference, [48, 64])));
    }

    private static IReadOnlyList<long>? Of(long[] like, params (string Kind, long[] Shape)[] tensors) =>
        AdapterShapes.Of(like, kind => tensors.FirstOrDefault(tensor => tensor.Kind == kind).Shape);
}
