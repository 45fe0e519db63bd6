using LoraBridge.Training.Preflight;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Preflight;

/// <summary>What would be changed on the small model, for a limit between what it takes as it is and what it could take.</summary>
public sealed class FitPlanTests : IDisposable
{
    private readonly TrainingFolder _folder = new(pictures: 8);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_ARunThatFits_ChangesNothing()
    {
        var options = Greedy;
        var facts = Facts(options);
        var plan = FitPlan.Of(options, facts.Memory, facts.Memory(options).Peak);
        Assert.True(plan.Fits);
        Assert.Empty(plan.Changes);
        Assert.Same(options, plan.Options);
        Assert.True(FitPlan.Of(options, facts.Memory, null).Fits);
    }

    [Fact]
    public void Of_ARunThatNothingMakesFit_NamesAllInOrderOfLeastHarm()
    {
        var options = Greedy;
        var plan = FitPlan.Of(options, Facts(options).Memory, 1);
        Assert.False(plan.Fits);
        Assert.Equal(["cache.textStates", "cache.latents", "cache.vaeBatchSize", "precision.gradientCheckpointing", "loop.batchSize", "optimizer.kind"], plan.Changes.Select(change => change.Settings[0].Name));
        Assert.All(plan.Changes, change => Assert.True(change.Saves > 0, change.ToString()));
        Assert.All(plan.Changes, change => Assert.EndsWith(".", change.Cost, StringComparison.Ordinal));
        Assert.Equal("loop.batchSize 6 -> 1, loop.gradientAccumulation 2 -> 12", plan.Changes[4].ToString());
        Assert.Equal("optimizer.kind AdamW -> AdamW8bit", plan.Changes[5].ToString());
        Assert.Equal(OptimizerKind.AdamW8bit, plan.Options.Optimizer.Kind);
    }

    [Theory]
    [InlineData(6, 2, new[] { 3, 1 }, new[] { 4, 12 })]
    [InlineData(5, 1, new[] { 1 }, new[] { 5 })]
    public void Of_Batches_AreDividedUntilTheyFitAndTheEffectiveBatchStays(int batch, int accumulation, int[] batches, int[] accumulations)
    {
        var options = Plain with { Loop = Plain.Loop with { BatchSize = batch, GradientAccumulation = accumulation } };
        var facts = Facts(options);
        foreach (var (smaller, more) in batches.Zip(accumulations))
        {
            var wanted = options with { Loop = options.Loop with { BatchSize = smaller, GradientAccumulation = more } };
            var plan = FitPlan.Of(options, facts.Memory, facts.Memory(wanted).Peak);
            Assert.True(plan.Fits);
            Assert.Equal((smaller, more), (plan.Options.Loop.BatchSize, plan.Options.Loop.GradientAccumulation));
            var change = Assert.Single(plan.Changes);
            Assert.Equal(facts.Memory(options).Phase(MemoryPhase.Steps).Bytes - facts.Memory(wanted).Phase(MemoryPhase.Steps).Bytes, change.Saves);
        }
    }

    [Fact]
    public void Of_TextStates_SaveTheTextEncoder()
    {
        var options = Plain with { Cache = new() { TextStates = false }, Loop = Plain.Loop with { BatchSize = 1 } };
        var facts = Facts(options);
        var plan = FitPlan.Of(options, facts.Memory, facts.Memory(options).Phase(MemoryPhase.Steps).Bytes - 1);
        Assert.Equal("cache.textStates false -> true", plan.Changes[0].ToString());
        Assert.Equal(facts.Sizes.TextNumbers * 4, plan.Changes[0].Saves);
    }

    [Fact]
    public void Of_WhatTheRunCannotDo_IsNotProposed()
    {
        // a trained text encoder has no states to keep, pictures that change no latents, and Prodigy no 8-bit form
        var options = Greedy with { Network = Greedy.Network with { TrainTextEncoder = true }, Augmentation = new() { Color = true }, Optimizer = new() { Kind = OptimizerKind.Prodigy } };
        var names = FitPlan.Of(options, Facts(options).Memory, 1).Changes.Select(change => change.Settings[0].Name).ToList();
        Assert.DoesNotContain("cache.textStates", names);
        Assert.DoesNotContain("cache.latents", names);
        Assert.DoesNotContain("optimizer.kind", names);
    }

    [Fact]
    public void Take_FittedSettings_AreThoseThatDiffer()
    {
        var options = Greedy;
        var fitted = FitPlan.Of(options, Facts(options).Memory, 1).Options;
        Assert.Equal(SettingsJson.Write(fitted), SettingsJson.Write(FitPlan.Take(fitted, options)));
        Assert.Equal(7, FitPlan.Differences(options, fitted).Count);
    }

    // everything that costs memory; the pictures are so large that steps do
    private TrainingOptions Greedy => Plain with
    {
        Cache = new() { Latents = false, TextStates = false, VaeBatchSize = 8 },
        Precision = new() { GradientCheckpointing = false, Device = "cpu" },
        Loop = Plain.Loop with { BatchSize = 6, GradientAccumulation = 2 },
    };

    private TrainingOptions Plain => _folder.Options with
    {
        Network = new() { Rank = 16, TrainTextEncoder = false },
        Cache = new() { TextStates = true },
        Precision = new() { GradientCheckpointing = true, Device = "cpu" },
        Buckets = new() { Width = 256, Height = 256, MinimumSide = 64, Step = 8 },
    };

    private static RunFacts Facts(TrainingOptions options) => PreflightCheck.Read(options, DataShape.Read(options, CancellationToken.None), new());
}
