using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>Rules that move weights.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with weight decay apart from the gradient.</summary>
    [JsonStringEnumMemberName("AdamW")]
    AdamW,

    /// <summary>AdamW whose state has 8 bits.</summary>
    [JsonStringEnumMemberName("AdamW8bit")]
    [AlsoNamed("adam8bit")]
    AdamW8bit,

    /// <summary>AdamW whose 8-bit state may leave the card.</summary>
    [JsonStringEnumMemberName("PagedAdamW8bit")]
    PagedAdamW8bit,

    /// <summary>AdamW whose state may leave the card.</summary>
    [JsonStringEnumMemberName("PagedAdamW")]
    [AlsoNamed("PagedAdamW32bit")]
    PagedAdamW,

    /// <summary>Steps of one size by the sign of the mean gradient.</summary>
    [JsonStringEnumMemberName("Lion")]
    Lion,

    /// <summary>Lion whose state has 8 bits.</summary>
    [JsonStringEnumMemberName("Lion8bit")]
    [AlsoNamed("PagedLion8bit")]
    Lion8bit,

    /// <summary>Steps along the gradient, with a momentum that looks ahead.</summary>
    [JsonStringEnumMemberName("SGDNesterov")]
    [AlsoNamed("sgd")]
    SgdNesterov,

    /// <summary>The same with an 8-bit state.</summary>
    [JsonStringEnumMemberName("SGDNesterov8bit")]
    SgdNesterov8bit,

    /// <summary>Adam that finds its learning rate.</summary>
    [JsonStringEnumMemberName("DAdaptAdam")]
    [AlsoNamed("DAdaptation", "DAdaptAdamPreprint")]
    DAdaptAdam,

    /// <summary>AdaGrad that finds its learning rate.</summary>
    [JsonStringEnumMemberName("DAdaptAdaGrad")]
    DAdaptAdaGrad,

    /// <summary>Lion that finds its learning rate.</summary>
    [JsonStringEnumMemberName("DAdaptLion")]
    DAdaptLion,

    /// <summary>SGD that finds its learning rate.</summary>
    [JsonStringEnumMemberName("DAdaptSGD")]
    DAdaptSgd,

    /// <summary>Adan that finds its learning rate.</summary>
    [JsonStringEnumMemberName("DAdaptAdan")]
    DAdaptAdan,

    /// <summary>The same by inner products.</summary>
    [JsonStringEnumMemberName("DAdaptAdanIP")]
    DAdaptAdanIp,

    /// <summary>Adam that finds its learning rate, faster than D-Adaptation.</summary>
    [JsonStringEnumMemberName("Prodigy")]
    Prodigy,

    /// <summary>Adam with a state of rows and columns.</summary>
    [JsonStringEnumMemberName("Adafactor")]
    Adafactor,

    /// <summary>AdamW that needs no schedule.</summary>
    [JsonStringEnumMemberName("AdamWScheduleFree")]
    AdamWScheduleFree,

    /// <summary>RAdam that needs no schedule.</summary>
    [JsonStringEnumMemberName("RAdamScheduleFree")]
    RAdamScheduleFree,

    /// <summary>SGD that needs no schedule.</summary>
    [JsonStringEnumMemberName("SGDScheduleFree")]
    SgdScheduleFree,
}

/// <summary>What sets optimizers apart for the settings.</summary>
public static class OptimizerKinds
{
    /// <summary>Whether it finds its learning rate and takes the given one as a factor, so that 1 is meant.</summary>
    public static bool FindsLearningRate(this OptimizerKind kind) => kind is OptimizerKind.Prodigy || kind.IsDAdaptation();

    /// <summary>Whether it is one of D-Adaptation's.</summary>
    public static bool IsDAdaptation(this OptimizerKind kind) => kind is >= OptimizerKind.DAdaptAdam and <= OptimizerKind.DAdaptAdanIp;

    /// <summary>Whether it ignores the scheduler.</summary>
    public static bool IsScheduleFree(this OptimizerKind kind) => kind is OptimizerKind.AdamWScheduleFree or OptimizerKind.RAdamScheduleFree or OptimizerKind.SgdScheduleFree;
}
