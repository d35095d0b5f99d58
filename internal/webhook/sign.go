package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Headers of a signed request (Standard Webhooks 1.0, "Webhook headers").
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const secretPrefix = "whsec_"

var errSecret = errors.New("the subscription's secret is damaged; renew it")

// signature gives the value of the Webhook-Signature header: "v1," and the
// base64 of the HMAC-SHA256 of "id.seconds.payload" under the secret's bytes
// (Standard Webhooks 1.0, "Signature scheme").
func signature(secret, id string, at time.Time, payload string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) == 0 {
		return "", errSecret
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "." + payload))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
